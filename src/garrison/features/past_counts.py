"""What each event's source did before it, counted over sliding windows: the arithmetic, on plain arrays.

For an event at time t and a window w the events of the same source with time in [t - w, t) count: those
strictly earlier, so that neither the order of the rows nor what happens later can change a number.

Events are put in order of source and time, and gaps longer than the longest window are closed to just more
than it, so that all sources lie on one rising line and a window is a stretch of it. Counts and sums are then
differences of running totals. For distinct values (as in Muthukrishnan, "Efficient algorithms for document
retrieval problems", SODA 2002, a value is counted once, by its last occurrence), an occurrence counts from
just after it until the value occurs again or leaves the window, whichever is first: distinct values are
occurrences begun minus occurrences ended.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from garrison.errors import SchemaError

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

MICROSECONDS = 1_000_000
_LONGEST_LINE = 2.0**62
_LOW = np.int64(0xFFFFFFFF)
_LEAST, _MOST = int(np.iinfo(np.int64).min), int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class PastEvents:
    """n events as numbers, each array of shape (n,).

    ``source`` is a code, -1 where there is none or no time; ``time`` is microseconds; ``values`` are the
    columns counted distinct, each with where it is ``present``; ``amounts`` are summed, 0 where missing.
    """

    source: Ints
    time: Ints
    values: tuple[Ints, ...] = ()
    present: tuple[Mask, ...] = ()
    amounts: tuple[Ints, ...] = ()


def past_counts(events: PastEvents, seconds: tuple[int, ...], *, since: int = 0) -> Ints:
    """The numbers of the events from place ``since`` on; those before it are only their past.

    Shape (len(seconds) * (1 + values + amounts), n - since) int64, in the order of ``Windows.names``. An
    event without a source or time has zeros, and counts for no other. A sum beyond int64 is cut to its range.
    ``SchemaError`` when the windows are so long that all gaps together pass 2**62 microseconds.
    """
    order, rows = ordered_counts(events, seconds, since=since)
    counts = np.zeros((len(rows), len(events.source) - since), dtype=np.int64)
    for target, values in zip(counts, rows, strict=True):
        target[order] = values
    return counts


def ordered_counts(
    events: PastEvents, seconds: tuple[int, ...], *, since: int = 0
) -> tuple[Ints, list[Ints]]:
    """As ``past_counts``, but in an order of its own, which it gives as places from ``since`` on: of the events
    that have a source and time."""
    known = np.flatnonzero(events.source >= 0)
    every = len(known) == len(events.source)
    source = events.source if every else events.source[known]
    time = events.time if every else events.time[known]
    within = _by_source_and_time(source, time)
    order = within if every else known[within]
    line = _line(source[within], time[within], reach=max(seconds) * MICROSECONDS + 1)
    n = len(line)
    new = np.diff(line, prepend=-1) > 0
    starts, tie = np.flatnonzero(new), np.cumsum(new) - 1
    first, after = starts[tie], np.append(starts[1:], n)[tie]
    codes = source[within]
    distinct = [
        _Distinct.of(codes, values[order], present[order], first, after)
        for values, present in zip(events.values, events.present, strict=True)
    ]
    totals = [_Total.of(amounts[order]) for amounts in events.amounts]
    asked = np.flatnonzero(order >= since) if since else slice(None)
    rows: list[Ints] = []
    for width in seconds:
        begin = np.searchsorted(line, line - width * MICROSECONDS, side="left")
        out_of_reach = np.cumsum(np.bincount(begin, minlength=n)[:n]) if distinct else begin
        begin, end = begin[asked], first[asked]
        rows.append(end - begin)
        rows += [each.within(out_of_reach)[asked] for each in distinct]
        rows += [each.between(begin, end) for each in totals]
    return order[asked] - since, rows


def past_of_one(past: PastEvents, time: int, seconds: tuple[int, ...]) -> Ints:
    """As ``past_counts`` for one more event, shape (d, 1): ``past`` are events of its source, in order of time."""
    end = int(past.time.searchsorted(time))
    since = np.array([time - width * MICROSECONDS for width in seconds])
    within = past.time[:end]
    numbers: list[int] = []
    for begin in within.searchsorted(since).tolist():
        numbers.append(end - begin)
        for values, present in zip(past.values, past.present, strict=True):
            # A set of so few is made sooner than an array is sorted.
            numbers.append(len(set(values[begin:end][present[begin:end]].tolist())))
        numbers += [_sum(amounts[begin:end]) for amounts in past.amounts]
    return np.array(numbers, dtype=np.int64)[:, None]


def _sum(amounts: Ints) -> int:
    """The sum, cut to the range of int64."""
    if not len(amounts):
        return 0
    largest = max(-int(amounts.min()), int(amounts.max()))
    if largest * len(amounts) < 2**63:
        return int(amounts.sum())
    return int(min(max(sum(amounts.tolist()), _LEAST), _MOST))


def _by_source_and_time(source: Ints, time: Ints) -> Ints:
    if (time[1:] >= time[:-1]).all():
        return stable_order(source)
    by_time = np.argsort(time, kind="stable")
    return by_time[stable_order(source[by_time])]


def stable_order(codes: Ints) -> Ints:
    """As a stable argsort of codes that are not negative; much faster where a code and a place fit one number."""
    n = len(codes)
    bits = n.bit_length()
    if n == 0 or int(codes.max()) >= 1 << (62 - bits):
        return np.argsort(codes, kind="stable")
    packed = (codes << bits) | np.arange(n)
    packed.sort()
    packed &= (1 << bits) - 1
    return packed


def _line(source: Ints, time: Ints, *, reach: int) -> Ints:
    """Where each event lies: differences up to ``reach`` as they are, longer ones and changes of source
    ``reach``."""
    line = np.zeros(len(time), dtype=np.int64)
    if len(time) < 2:
        return line
    # As uint64 a difference is exact even between the first and the last time that int64 can hold.
    gaps = np.minimum(np.diff(time).view(np.uint64), np.uint64(reach)).view(np.int64)
    gaps[source[1:] != source[:-1]] = reach
    if len(time) * reach > _LONGEST_LINE and gaps.sum(dtype=np.float64) > _LONGEST_LINE:
        raise SchemaError(
            f"windows of {reach // MICROSECONDS:,} seconds are too long for {len(time):,} events at once",
            expected="shorter windows, or fewer events",
            remedy="transform the events in batches",
        )
    np.cumsum(gaps, out=line[1:])
    return line


@dataclass(frozen=True)
class _Total:
    """Running totals of one column, as they are or, where int64 might not hold them, in two halves."""

    running: tuple[Ints, ...]

    @classmethod
    def of(cls, amounts: Ints) -> "_Total":
        largest = max(-int(amounts.min(initial=0)), int(amounts.max(initial=0)))
        if largest * len(amounts) < 2**63:
            return cls((_running(amounts),))
        return cls((_running(amounts >> 32), _running(amounts & _LOW)))

    def between(self, begin: Ints, end: Ints) -> Ints:
        parts = [running[end] - running[begin] for running in self.running]
        if len(parts) == 1:
            return parts[0]
        high, low = parts
        high = high + (low >> 32)
        least, most = np.iinfo(np.int64).min, np.iinfo(np.int64).max
        total = (high << 32) | (low & _LOW)
        return np.where(high >= 2**31, most, np.where(high < -(2**31), least, total))


@dataclass(frozen=True)
class _Distinct:
    """One column counted distinct: how many occurrences began before each event, and where each one ends."""

    begun: Ints
    places: Ints
    repeated: Ints

    @classmethod
    def of(cls, source: Ints, values: Ints, present: Mask, first: Ints, after: Ints) -> "_Distinct":
        places = np.flatnonzero(present)
        codes = _pair_codes(source[places], values[places])
        order = stable_order(codes)
        codes = codes[order]
        again = np.flatnonzero(codes[1:] == codes[:-1])
        repeated = np.full(len(places), len(source), dtype=np.int64)
        repeated[order[again]] = after[places[order[again + 1]]]
        return cls(_running(present)[first], places, repeated)

    def within(self, out_of_reach: Ints) -> Ints:
        n = len(self.begun)
        ends = np.minimum(self.repeated, out_of_reach[self.places])
        return self.begun - np.cumsum(np.bincount(ends, minlength=n)[:n])


def _running(values: Ints | Mask) -> Ints:
    running = np.zeros(len(values) + 1, dtype=np.int64)
    np.cumsum(values, out=running[1:])
    return running


def _pair_codes(source: Ints, values: Ints) -> Ints:
    """One number, not negative, for each pair of source and value."""
    if not len(values):
        return values
    low, high = int(values.min()), int(values.max())
    if (int(source.max()) + 1) * (high - low + 1) >= 1 << 62:
        distinct, values = np.unique(values, return_inverse=True)
        low, high = 0, len(distinct) - 1
    return source * (high - low + 1) + (values - low)
