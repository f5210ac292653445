"""Events in the order in which they arrive, whatever their times: which of them need more than the order of time."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from garrison.features.past_counts import Ints, Mask, stable_order


def too_late(times: Ints, *, latest: int | None, spare: int) -> Mask:
    """Which events, (n,) bool, come more than ``spare`` after the latest before them; all times in one unit.

    ``latest`` is the latest time before the first.

    >>> too_late(np.array([50, 90, 60, 85]), latest=None, spare=10).tolist()
    [False, False, True, False]
    """
    if not len(times):
        return np.zeros(0, dtype=bool)
    before = np.maximum.accumulate(np.append(times[0] if latest is None else latest, times))[:-1]
    late: Mask = times < before - spare
    return late


def pieces(apart: Mask) -> Iterator[tuple[int, int]]:
    """Where to cut so that each place of ``apart`` is a piece of its own: begin and end of every piece.

    >>> list(pieces(np.array([False, False, True, True, False])))
    [(0, 2), (2, 3), (3, 4), (4, 5)]
    """
    alone = np.flatnonzero(apart)
    return pairwise(np.unique(np.concatenate([[0], alone, alone + 1, [len(apart)]])).tolist())


def overtaken(source: Ints, time: Ints) -> Ints:
    """The places of events that stand before an earlier one of their source, in the order of arrival.

    For all others the events of their source that are earlier are those that came before. A negative source is none.

    >>> overtaken(np.array([0, 0, 1, 0]), np.array([5, 9, 8, 7])).tolist()
    [1]
    """
    known = np.flatnonzero(source >= 0)
    source, time = source[known], time[known]
    n = len(known)
    if n < 2:
        return known[:0]
    by_time = np.argsort(time, kind="stable")
    order = by_time[stable_order(source[by_time])]
    source, time = source[order], time[order]
    # Numbers that rise with the source, so that a running maximum never reaches from one source into the next.
    arrival = np.cumsum(np.diff(source, prepend=source[0]) != 0) * n + order
    newest = np.maximum.accumulate(arrival)
    begins = (np.diff(source, prepend=-1) != 0) | (np.diff(time, prepend=time[0]) != 0)
    earlier = np.maximum.accumulate(np.where(begins, np.arange(n), 0)) - 1
    after = (earlier >= 0) & (newest[earlier] > arrival)
    return np.sort(known[order[after]])
