"""Random settings of the bars that keep the rules: one of all there are, its wheels in a random order."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.m209.keys import Bools, Bytes
from garrison.ciphers.m209.lug_settings import lug_settings
from garrison.ciphers.m209.rules import KeyRules, Range
from garrison.ciphers.m209.wheels import KINDS, PAIRS, WHEELS
from garrison.errors import SettingsError

_ORDERS = np.array([*permutations(range(WHEELS))], np.uint8)
_KIND_OF = np.zeros((WHEELS, WHEELS), np.uint8)
for _kind, (_one, _other) in enumerate(PAIRS, WHEELS):
    _KIND_OF[_one, _other] = _KIND_OF[_other, _one] = _kind
_KINDS_IN_ORDER = np.hstack([_ORDERS, *(_KIND_OF[_ORDERS[:, i], _ORDERS[:, j], None] for i, j in PAIRS)])
"""The 21 kinds of bars after the wheels were put in each of the 720 orders."""

_SIDE_BY_SIDE = np.array([other == one + 1 for one, other in PAIRS])
_TRIES = 2000


def random_bars(count: int, rules: KeyRules, generator: np.random.Generator) -> Bytes:
    """``count`` random settings that keep the rules, uint8 ``(count, 21)``.

    Every number of overlaps that the rules allow is as likely as another. ``SettingsError`` where there is none.
    """
    tables = {
        overlaps: table
        for overlaps in range(rules.overlaps[0], rules.overlaps[1] + 1)
        if len((table := _table(overlaps, tuple(rules.non_shared.values()))).bars)
    }
    if not tables:
        raise _none_fit(rules)
    chosen = generator.choice([*tables], size=count)
    bars = np.empty((count, KINDS), np.uint8)
    for overlaps, table in tables.items():
        rows = np.flatnonzero(chosen == overlaps)
        for _ in range(_TRIES):
            if not len(rows):
                break
            bars[rows] = table.draw(len(rows), generator)
            rows = rows[~_as_wanted(bars[rows], rules)]
        else:
            raise _none_fit(rules)
    return bars


@dataclass(frozen=True, eq=False)
class _Table:
    """Settings of the bars, and until which share of the whole each is drawn."""

    bars: Bytes
    until: NDArray[np.float64]

    def draw(self, count: int, generator: np.random.Generator) -> Bytes:
        places = np.searchsorted(self.until[:-1], generator.random(count) * self.until[-1], side="right")
        orders = generator.integers(len(_ORDERS), size=count)
        return np.take_along_axis(self.bars[places], _KINDS_IN_ORDER[orders].astype(np.intp), axis=1)


@lru_cache(maxsize=48)
def _table(overlaps: int, non_shared: tuple[Range, ...]) -> _Table:
    """The settings with so many overlaps that can have such numbers of lugs alone, in some order of the wheels."""
    bars, likely = lug_settings(overlaps)
    if not non_shared:
        return _Table(bars, np.cumsum(likely))
    fits = np.ones(len(bars), np.bool_)
    for least, most in non_shared:
        fits &= ((bars[:, :WHEELS] >= least) & (bars[:, :WHEELS] <= most)).any(1)
    return _Table(bars[fits], np.cumsum(likely[fits]))


def spread_out(bars: Bytes) -> Bools:
    """Whether two or more pairs that share bars are some of them side by side and some apart, bool ``(n,)``."""
    shared = bars[:, WHEELS:] > 0
    near, far = shared[:, _SIDE_BY_SIDE].any(1), shared[:, ~_SIDE_BY_SIDE].any(1)
    return np.asarray((shared.sum(1) < 2) | (near & far))


def _as_wanted(bars: Bytes, rules: KeyRules) -> Bools:
    wanted = spread_out(bars)
    for wheel, (least, most) in rules.non_shared.items():
        wanted &= (bars[:, wheel - 1] >= least) & (bars[:, wheel - 1] <= most)
    return wanted


def _none_fit(rules: KeyRules) -> SettingsError:
    return SettingsError(
        "no key, or hardly any, keeps these rules",
        where=rules.told(),
        remedy="allow more overlaps, or other numbers of non-shared lugs",
    )
