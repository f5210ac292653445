"""Which letter touches which pin: letter i of a message is made with pin i mod n of each wheel of n pins.

Every wheel gets 26 places, so that all six are one array; the places beyond its pins are touched by no letter.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.m209.wheels import SIZES, WHEELS

PLACES = max(SIZES)
"""Places of each wheel; wheel w has pins at the first ``SIZES[w]`` of them."""

SLOTS = WHEELS * PLACES

PIN_SLOTS: NDArray[np.intp] = np.concatenate(
    [wheel * PLACES + np.arange(size) for wheel, size in enumerate(SIZES)]
)
"""The place of each of the 131 pins among all 156, intp ``(131,)``."""


@dataclass(frozen=True, eq=False)
class Incidence:
    """For messages of one length, float32: ``touches`` ``(length, 156)`` is 1 where a letter is made with a pin;
    ``gathers`` ``(156, length)`` sums over a pin's letters, divided by the root of their number; ``roots``
    ``(6, 26)`` has these roots."""

    touches: NDArray[np.float32]
    gathers: NDArray[np.float32]
    roots: NDArray[np.float32]


@lru_cache(maxsize=16)
def incidence(length: int) -> Incidence:
    """The letters and pins of messages of ``length`` letters.

    >>> found = incidence(52)
    >>> found.touches.shape, int(found.touches[30].sum()), int(found.touches[30, 30 % 26])
    ((52, 156), 6, 1)
    """
    letters = np.arange(length)
    touches = np.zeros((length, SLOTS), np.float32)
    for wheel, size in enumerate(SIZES):
        touches[letters, wheel * PLACES + letters % size] = 1
    roots = np.sqrt(touches.sum(0))
    gathers = touches.T / np.maximum(roots, 1)[:, None]
    return Incidence(touches, np.ascontiguousarray(gathers), roots.reshape(WHEELS, PLACES))


def pin_shares() -> NDArray[np.float32]:
    """What takes the mean over the pins of each wheel, float32 ``(6, 156)``."""
    shares = np.zeros((WHEELS, SLOTS), np.float32)
    for wheel, size in enumerate(SIZES):
        shares[wheel, wheel * PLACES : wheel * PLACES + size] = 1 / size
    return shares
