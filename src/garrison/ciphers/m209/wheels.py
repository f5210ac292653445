"""The six wheels of the M-209, and where each of their 131 pins stands in an array.

The pin that acts is not the one at the letter shown: with A shown on every wheel, the pins P, O, N, M, L and K act
(TM 11-380). All six wheels advance by one after every letter.
"""

from itertools import combinations

import numpy as np

LETTERS = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ABCDEFGHIJKLMNOPQRSTUVXYZ",
    "ABCDEFGHIJKLMNOPQRSTUVX",
    "ABCDEFGHIJKLMNOPQRSTU",
    "ABCDEFGHIJKLMNOPQRS",
    "ABCDEFGHIJKLMNOPQ",
)
"""The letters on each wheel, in the order in which they come up."""

ACTING = ("P", "O", "N", "M", "L", "K")
"""The pin of each wheel that acts while A is shown."""

WHEELS = 6
SIZES = tuple(len(letters) for letters in LETTERS)
PINS = sum(SIZES)
FIRST = (0, *(int(end) for end in np.cumsum(SIZES)[:-1]))
"""Where the pins of each wheel begin among all 131."""

OFFSETS = tuple(letters.index(acting) for letters, acting in zip(LETTERS, ACTING, strict=True))
"""How far beyond the letter shown the acting pin stands."""

BARS = 27
PAIRS = tuple(combinations(range(WHEELS), 2))
"""The 15 pairs of wheels, counted from 0, that one bar can have its two lugs at."""

KINDS = WHEELS + len(PAIRS)
"""The 21 kinds of bars: six with one lug, fifteen with two."""


def pins_of(wheel: int) -> slice:
    """Where the pins of a wheel (0 to 5) stand among all 131."""
    return slice(FIRST[wheel], FIRST[wheel] + SIZES[wheel])
