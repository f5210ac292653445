"""Events that come back at a period: how a clock is set, and how an implant calls home."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from garrison.data.simulator.events import Floats, Ints
from garrison.data.simulator.scene import HOUR_US, US, Hour


@dataclass(frozen=True)
class Ticks:
    """Which caller each event belongs to, and when it happens; both of shape (n,)."""

    number: Ints
    at: Ints


def ticks(rng: Generator, hour: Hour, count: int, *, period_s: Floats, jitter: float) -> Ticks:
    """The first ``count`` calls of this hour, counted caller by caller, each at its period; (k,) seconds.

    Those with the longest periods are counted first, so that few calls do not come from one caller alone. Every
    caller keeps its beat from one hour to the next; a call is moved by at most ``jitter`` of the period. When all have
    made their calls and more are wanted, they call once more, at moments between.
    """
    caller = np.argsort(-period_s, kind="stable")
    period = np.maximum((period_s[caller] * US).astype(np.int64), 1)
    phase = (caller.astype(np.int64) * 2_654_435_761) % period
    first = -(-(hour.start_us - phase) // period)
    last = -(-(hour.start_us + HOUR_US - phase) // period)
    calls = last - first
    whole = max(int(calls.sum()), 1)
    place = np.arange(count, dtype=np.int64) % whole
    ends = np.cumsum(calls)
    number = np.minimum(np.searchsorted(ends, place, side="right"), len(period) - 1)
    nth = place - (ends - calls)[number]
    moved = rng.uniform(-jitter, jitter, count) + np.arange(count) // whole * 0.382
    at = phase[number] + (first[number] + nth) * period[number] + (moved * period[number]).astype(np.int64)
    return Ticks(caller[number], hour.wrapped(at))
