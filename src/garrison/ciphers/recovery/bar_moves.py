"""Bars are taken out one by one and put back where they fit, given the pins.

Which wheels' pins are effective at a letter is one of 64 sets. The letters of each set and the sum of their errors are
counted once; then taking out a bar of any restart, and the cost of putting it back at each of the 21 places, are sums
over 64 numbers instead of over all letters.
"""

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.m209.wheels import BARS, KINDS, PAIRS, WHEELS
from garrison.ciphers.recovery.restarts import Restarts

_SETS = 1 << WHEELS
_WHEELS_OF = [*((wheel,) for wheel in range(WHEELS)), *PAIRS]
_SHIFTED = np.array(
    [[any(number >> wheel & 1 for wheel in wheels) for number in range(_SETS)] for wheels in _WHEELS_OF],
    np.float32,
)
"""Whether a bar of each kind is shifted by each set of effective pins, float32 ``(21, 64)``."""

_SHIFTED_BY_SET = np.ascontiguousarray(_SHIFTED.T)
_PAIRED = (np.arange(KINDS) >= WHEELS).astype(np.float32)[:, None]

_TINY = np.finfo(np.float32).tiny

Floats = NDArray[np.float32]


def draw_bars(
    restarts: Restarts,
    temperature: float,
    generator: np.random.Generator,
    *,
    bars: int,
    against_pairs: Floats,
) -> None:
    """Put ``bars`` of the 27 bars of every restart anew.

    ``against_pairs`` float32 ``(r,)``: how much less likely, as a natural logarithm, a bar with two given lugs is than
    one with one given lug, before anything is known.
    """
    letters, sums = _by_sets(restarts)
    at_each = _SHIFTED @ letters
    prior = _PAIRED * against_pairs
    every = np.arange(restarts.count)
    for bar in generator.permutation(BARS)[:bars]:
        old = restarts.kinds[bar].copy()
        sums += letters * _SHIFTED_BY_SET[:, old]
        cost = at_each - 2 * (_SHIFTED @ sums)
        chosen = generator.standard_exponential(cost.shape, np.float32) + _TINY
        # Gumbel noise on the logarithms of the weights draws in proportion to the weights.
        new = (-np.log(chosen) - cost / np.float32(temperature) - prior).argmax(0).astype(np.uint8)
        sums -= letters * _SHIFTED_BY_SET[:, new]
        restarts.kinds[bar] = new
        restarts.counts[old, every] -= 1
        restarts.counts[new, every] += 1
    restarts.compare()


def _by_sets(restarts: Restarts) -> tuple[Floats, Floats]:
    """Letters at which each set of pins is effective, and the sum of their errors, float32 ``(64, r)``."""
    place = np.zeros((restarts.length, restarts.count), np.intp)
    for wheel in range(WHEELS):
        place += restarts.acting[wheel, : restarts.length].astype(np.intp) << wheel
    place += np.arange(restarts.count) * _SETS
    flat, size = place.ravel(), _SETS * restarts.count
    letters = np.bincount(flat, minlength=size)
    sums = np.bincount(flat, restarts.errors[: restarts.length].ravel(), minlength=size)
    return tuple(  # type: ignore[return-value]
        np.ascontiguousarray(each.reshape(-1, _SETS).T, np.float32) for each in (letters, sums)
    )
