"""Every way to set the 27 bars that the manual allows, up to the order of the wheels.

TM 11-380 (1944), appendix I: six numbers of lugs are taken from a table, in a random order of wheels; their sum less 27
is the number of overlaps, which are spread so that most wheels take part, no two wheels share more than four bars, and
every shift from 1 to 27 comes up. The sets of its table have their property in common: no number is above 13, every
number from 1 to the sum of the six is a sum of some of them, and either no two are equal (group A) or one pair is
(group B), of which at most one key in ten may be made.
"""

from functools import lru_cache
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.m209.keys import Bools, Bytes, lugs_of
from garrison.ciphers.m209.rules import MOST_NON_SHARED, MOST_SHARED_BY_TWO
from garrison.ciphers.m209.wheels import BARS, KINDS, PAIRS, WHEELS

SHARE_OF_GROUP_B = 0.1

SETTINGS_IN_ALL = 351_263
"""Settings with 1 to 12 overlaps, each of which stands for its 720 orders of the wheels."""

_EVERY_SHIFT = np.uint32((1 << (BARS + 1)) - 1)
_ROWS = 4096
_PAIRED = np.arange(KINDS) >= WHEELS
_SET = 3 * len(PAIRS)
_FEW_PAIRS, _FEW_WHEELS = 3, 4


def number_sets(overlaps: int) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """The sets of six numbers of lugs for so many overlaps, of group A and of group B.

    >>> [len(group) for group in number_sets(12)]
    [2, 3]
    """
    fitting = [
        numbers
        for numbers in combinations_with_replacement(range(1, MOST_NON_SHARED + 1), WHEELS)
        if sum(numbers) == BARS + overlaps and _makes_every_sum(numbers)
    ]
    kinds = [len(set(numbers)) for numbers in fitting]
    return (
        [numbers for numbers, kind in zip(fitting, kinds, strict=True) if kind == WHEELS],
        [numbers for numbers, kind in zip(fitting, kinds, strict=True) if kind == WHEELS - 1],
    )


def _makes_every_sum(numbers: tuple[int, ...]) -> bool:
    return all(number <= sum(numbers[:place]) + 1 for place, number in enumerate(numbers))


def shifts(bars: Bytes) -> Bytes:
    """How many bars are shifted for each of the 64 sets of effective pins, uint8 ``(64, n)``; wheel 1 is bit 0.

    A wheel added to a set shifts its lugs, less the bars that it shares with wheels of the set.
    """
    counts = np.ascontiguousarray(bars.T)
    lugs = lugs_of(counts)
    found = np.zeros((1 << WHEELS, len(bars)), np.uint8)
    for wheel in reversed(range(WHEELS)):
        more = np.zeros_like(found)
        more[0] = lugs[wheel]
        for other in range(wheel + 1, WHEELS):
            pair = counts[WHEELS + PAIRS.index((wheel, other))]
            for rest in range(0, 1 << other, 2 << wheel):
                more[rest | 1 << other] = more[rest] - pair
        for rest in range(0, 1 << WHEELS, 2 << wheel):
            np.add(found[rest], more[rest], out=found[rest | 1 << wheel])
    return found


def makes_every_shift(bars: Bytes) -> Bools:
    """Whether every shift from 0 to 27 comes up for some set of effective pins, bool ``(n,)``."""
    found = np.zeros(len(bars), np.uint32)
    for begin in range(0, len(bars), _ROWS):
        rows = slice(begin, begin + _ROWS)
        for shift in shifts(bars[rows]):
            found[rows] |= np.left_shift(np.uint32(1), shift.astype(np.uint32))
    return np.asarray(found == _EVERY_SHIFT)


def most_wheels_take_part(bars: Bytes) -> Bools:
    """Whether three or more pairs that share bars are of at least four wheels, bool ``(n,)``."""
    shared = bars[:, WHEELS:] > 0
    wheels = np.count_nonzero(lugs_of(np.where(_PAIRED, bars, 0).T), axis=0)
    return np.asarray((shared.sum(1) < _FEW_PAIRS) | (wheels >= _FEW_WHEELS))


@lru_cache(maxsize=12)
def lug_settings(overlaps: int) -> tuple[Bytes, NDArray[np.float64]]:
    """The settings with so many overlaps: bars uint8 ``(n, 21)``, and how likely each is, float64 ``(n,)``.

    One key in ten is of group B; within a group every set is as likely as another, and within a set every setting. In
    all 12 together there are 351,263.

    >>> bars, likely = lug_settings(2)
    >>> bars.shape, round(float(likely.sum()), 9)
    ((2332, 21), 1.0)
    """
    first, second = number_sets(overlaps)
    bars, owner = _placements([*first, *second], overlaps)
    for allowed in (makes_every_shift, most_wheels_take_part):
        kept = allowed(bars)
        bars, owner = bars[kept], owner[kept]
    share = np.repeat(
        [(1 - SHARE_OF_GROUP_B) / len(first), SHARE_OF_GROUP_B / len(second)], [len(first), len(second)]
    )
    likely = share[owner] / np.bincount(owner)[owner]
    bars.flags.writeable = likely.flags.writeable = False
    return bars, likely


def _placements(sets: list[tuple[int, ...]], overlaps: int) -> tuple[Bytes, NDArray[np.intp]]:
    """Every way to spread so many overlaps over wheels with so many lugs, and which of the sets each is of.

    Pair after pair gets 0 to 4 bars. What is placed so far is kept in one number, 3 bits a pair and the set above; what
    is left in another, 4 bits for each wheel's lugs and the highest for the overlaps.
    """
    placed = np.arange(len(sets), dtype=np.int64) << _SET
    left = (np.array([(*numbers, overlaps) for numbers in sets]) << 4 * np.arange(WHEELS + 1)).sum(
        1, dtype=np.int32
    )
    for place, (one, other) in enumerate(PAIRS):
        free = np.minimum(_nibble(left, one), _nibble(left, other))
        most = np.minimum(np.minimum(free, _nibble(left, WHEELS)), MOST_SHARED_BY_TWO) + 1
        rows = np.repeat(np.arange(len(placed), dtype=np.int32), most)
        starts = np.cumsum(most, dtype=np.int32) - most
        bars = np.arange(len(rows), dtype=np.int32) - starts[rows]
        left = left[rows] - bars * np.int32((1 << 4 * one) + (1 << 4 * other) + (1 << 4 * WHEELS))
        room = np.zeros_like(left)
        for wheel in {*sum(PAIRS[place + 1 :], ())}:
            room += _nibble(left, wheel)
        fits = 2 * _nibble(left, WHEELS) <= room
        placed = placed[rows[fits]] | bars[fits].astype(np.int64) << 3 * place
        left = left[fits]
    found = np.empty((len(placed), KINDS), np.uint8)
    for wheel in range(WHEELS):
        found[:, wheel] = _nibble(left, wheel)
    for pair in range(len(PAIRS)):
        found[:, WHEELS + pair] = (placed >> 3 * pair) & 7
    return found, (placed >> _SET).astype(np.intp)


def _nibble(words: NDArray[np.int32], place: int) -> NDArray[np.int32]:
    return (words >> np.int32(4 * place)) & np.int32(15)
