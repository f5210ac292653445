"""Columns into a matrix, a block of rows at a time, so that what is written is still at hand when it is scaled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LARGEST = 1e150
"""Numbers beyond this are cut to it, so that no square of one overflows."""

_BLOCK = 4_096


@dataclass(frozen=True)
class OneHot:
    """``width`` columns, of which each row has 1.0 in the one of its code, and 0.0 in all where its code is -1."""

    codes: NDArray[Any]
    width: int


Column = NDArray[Any] | OneHot
"""Numbers or truth values, shape (n,), or codes that become columns."""


def write_columns(
    X: Floats,
    columns: Sequence[Column],
    *,
    scale: tuple[Floats, Floats] | None = None,
    rows: Ints | None = None,
) -> None:
    """Write the columns side by side into ``X``, shape (n, d); the first value goes to row ``rows[0]``, and so on.

    ``scale`` is what is taken off each of the d columns, and by what they are then divided.

    >>> X = np.empty((2, 3))
    >>> write_columns(X, [OneHot(np.array([1, -1]), 2), np.array([5, 7])])
    >>> X.tolist()
    [[0.0, 1.0, 5.0], [0.0, 0.0, 7.0]]
    """
    n = len(X) if rows is None else len(rows)
    for start in range(0, n, _BLOCK):
        stop = min(start + _BLOCK, n)
        block = X[start:stop] if rows is None else np.empty((stop - start, X.shape[1]))
        place = 0
        for column in columns:
            if isinstance(column, OneHot):
                hot = block[:, place : place + column.width]
                hot[:] = 0.0
                codes = column.codes[start:stop]
                known = np.flatnonzero(codes >= 0)
                hot[known, codes[known]] = 1.0
                place += column.width
            else:
                block[:, place] = column[start:stop]
                place += 1
        if scale is not None:
            block -= scale[0]
            block /= scale[1]
            np.clip(block, -LARGEST, LARGEST, out=block)
        if rows is not None:
            X[rows[start:stop]] = block
