"""A few parts of a column's range, each with about equally many rows of the reference."""

import numpy as np
from numpy.typing import NDArray

from garrison.monitoring.cells import Numbers

PARTS = 10


def grouped_cells(reference: Numbers, parts: int = PARTS) -> NDArray[np.int64]:
    """Where each part begins among the cells, for ``numpy.add.reduceat``: at most ``parts`` + 2 of them.

    A part is closed when a further cell would bring it further from its share than it is, so that a value which many
    rows share has a part of its own. What lies outside the reference's range counts with the outermost parts.

    >>> numbers = Numbers(np.array([0.0, 1.0]), np.array([0, 50]), np.array([50, 100]), np.zeros(3), 100, 0, 0.5, 0.5)
    >>> grouped_cells(numbers).tolist()
    [0, 3]
    """
    cells = reference.cells().tolist()
    share = reference.rows / parts
    starts, held, seen = [0], 0.0, 0.0
    for place, rows in enumerate(cells):
        # Nothing may be cut off that has no rows of the reference: its share there would be zero.
        full = held > 0 and abs(held + rows - share) > abs(held - share)
        if full and seen < reference.rows and rows > 0:
            starts.append(place)
            held = 0.0
        held += rows
        seen += rows
    return np.array(starts)


def part_edges(reference: Numbers, groups: NDArray[np.int64]) -> list[tuple[float, float]]:
    """The least and greatest value of the reference in each part."""
    cuts = reference.cuts
    ends = [*groups[1:].tolist(), 2 * len(cuts) + 1]
    edges = []
    for start, end in zip(groups.tolist(), ends, strict=True):
        low = cuts[min(max((start - 1) // 2, 0), len(cuts) - 1)]
        high = cuts[min((end - 1) // 2, len(cuts) - 1)]
        edges.append((float(low), float(high)))
    return edges
