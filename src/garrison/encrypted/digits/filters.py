"""Filters that move over a picture, as the weighted sums they are."""

import numpy as np

from garrison.detection.circuit import Dense, Floats

SIDE, FILTER, STRIDE, PADDING = 28, 5, 2, 1
PLACES = (SIDE + 2 * PADDING - FILTER) // STRIDE + 1
"""How many places a filter has along a side."""


def spread(filters: Floats, bias: Floats) -> Dense:
    """A layer over the 784 pixels, row by row, of filters float64 ``(k, 5, 5)`` and their bias ``(k,)``.

    Output ``k * 169 + 13 * down + right`` is filter k at that place; beyond the picture there is nothing.

    >>> layer = spread(np.ones((2, 5, 5)), np.zeros(2))
    >>> layer.weights.shape, int((layer.weights[0] != 0).sum()), int((layer.weights[14] != 0).sum())
    ((338, 784), 16, 25)
    """
    weights = np.zeros((len(filters), PLACES, PLACES, SIDE, SIDE))
    for down in range(PLACES):
        for right in range(PLACES):
            top, left = down * STRIDE - PADDING, right * STRIDE - PADDING
            above, before = max(0, -top), max(0, -left)
            inside = filters[:, above : SIDE - top, before : SIDE - left]
            weights[:, down, right, top + above : top + FILTER, left + before : left + FILTER] = inside
    return Dense(weights.reshape(-1, SIDE * SIDE), np.repeat(bias, PLACES**2))
