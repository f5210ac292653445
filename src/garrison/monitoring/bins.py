"""A few parts of a column's range, each with about equally many rows of the reference."""

import numpy as np
from numpy.typing import NDArray

PARTS = 10

Floats = NDArray[np.float64]


def grouped_cells(cells: Floats, parts: int = PARTS) -> NDArray[np.int64]:
    """Where each part begins among the cells, for ``numpy.add.reduceat``: at most ``parts`` + 2 of them.

    ``cells`` are the rows of the reference in each cell. A part is closed when a further cell would bring it further
    from its share than it is, so that a value which many rows share has a part of its own. What lies outside the
    reference's range counts with the outermost parts.

    >>> grouped_cells(np.array([0.0, 50.0, 0.0, 50.0, 0.0])).tolist()
    [0, 3]
    """
    share = float(cells.sum()) / parts
    starts, held = [0], 0.0
    for place, rows in enumerate(cells.tolist()):
        # Nothing may be cut off that has no rows of the reference: its share there would be zero.
        if held > 0 and rows > 0 and abs(held + rows - share) > abs(held - share):
            starts.append(place)
            held = 0.0
        held += rows
    return np.array(starts)


def part_edges(cuts: Floats, groups: NDArray[np.int64]) -> list[tuple[float, float]]:
    """The least and greatest value of the reference in each part."""
    ends = [*groups[1:].tolist(), 2 * len(cuts) + 1]
    edges = []
    for start, end in zip(groups.tolist(), ends, strict=True):
        low = cuts[min(max((start - 1) // 2, 0), len(cuts) - 1)]
        high = cuts[min((end - 1) // 2, len(cuts) - 1)]
        edges.append((float(low), float(high)))
    return edges
