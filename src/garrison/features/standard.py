"""What brings a column to mean 0 and standard deviation 1."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def center_and_spread(X: Floats) -> tuple[Floats, Floats]:
    """The mean and the standard deviation of each column of ``X``, shape (n, d), n above 0: two of shape
    (d,).

    A constant column's are its value and 1: its mean may be off by a rounding error, and a deviation made of
    nothing else would blow that up.

    >>> [each.tolist() for each in center_and_spread(np.array([[0.1, 1.0], [0.1, 2.0], [0.1, 3.0]]).round(1))]
    [[0.1, 2.0], [1.0, 0.816496580927726]]
    """
    center, spread = np.zeros(X.shape[1]), np.ones(X.shape[1])
    for place in range(X.shape[1]):
        values = np.ascontiguousarray(X[:, place])
        center[place] = values[0]
        if values.min() < values.max():
            center[place], spread[place] = values.mean(), values.std()
    return center, np.where(spread > 0, spread, 1.0)
