"""Values as shades: a page's picture holds no pixels, only shapes, so that each shade is a layer of its own."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.path import Path

Box = tuple[float, float, float, float]
"""Left, top, width and height of where an image stands."""

TONES = 6


def shade_shapes(image: NDArray[np.float64], box: Box) -> "list[Path]":
    """For each of six shades the cells of ``image`` ``(height, width)`` in [0, 1] at least as dark, as one shape.

    They are drawn over each other, so that the darkest cells get all six.
    """
    from matplotlib.path import Path

    left, top, wide, tall = box
    found = []
    height, width = image.shape
    for level in range(TONES):
        boxes = boxes_of(image >= (level + 0.5) / TONES)
        if len(boxes):
            begins, ends = left + boxes[:, 2] / width * wide, left + boxes[:, 3] / width * wide
            uppers, lowers = top + boxes[:, 0] / height * tall, top + boxes[:, 1] / height * tall
            x = np.stack([begins, ends, ends, begins, begins], axis=1)
            y = np.stack([uppers, uppers, lowers, lowers, uppers], axis=1)
            codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(boxes)
            found.append(Path(np.stack([x, y], axis=2).reshape(-1, 2), codes))
    return found


def boxes_of(marked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """What is marked as few boxes (top, bottom, left, right): runs of a line, and lines of equal runs as one.

    >>> boxes_of(np.array([[True, True], [True, True], [False, True]])).tolist()
    [[0, 2, 0, 2], [2, 3, 1, 2]]
    """
    open_runs: dict[tuple[int, int], int] = {}
    boxes = []
    for line in range(len(marked) + 1):
        runs: set[tuple[int, int]] = set()
        if line < len(marked):
            edges = np.flatnonzero(np.diff(np.concatenate([[0], marked[line].astype(np.int8), [0]])))
            runs = {(int(left), int(right)) for left, right in edges.reshape(-1, 2)}
        for run in [run for run in open_runs if run not in runs]:
            boxes.append((open_runs.pop(run), line, *run))
        for run in runs:
            open_runs.setdefault(run, line)
    return np.array(sorted(boxes), dtype=np.int64).reshape(-1, 4)
