"""Events in the order in which they arrive, whatever their times: each is counted against what came before it.

Live windows give a batch the same numbers as its events one by one as long as the batch is in order of time. So a
batch is cut wherever its time steps back. Where events lie in no order at all this costs one step an event.
"""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from garrison.features.live_windows import LiveWindows
from garrison.features.past_counts import Ints, Mask


def in_order_of_arrival(windows: LiveWindows, batch: pa.Table) -> tuple[pa.Table, Mask]:
    """``windows.columns`` of the events one by one, and which of them, (n,) bool, came after a later one.

    A row without source or time has no past, is no part of another's, and is never late.

    >>> from garrison.data.windows_spec import Windows
    >>> moments = pa.array([5_000_000, 9_000_000, 7_000_000], pa.timestamp("us", tz="UTC"))
    >>> batch = pa.table({"timestamp": moments, "src_ip": ["a", "a", "a"]})
    >>> live = LiveWindows(Windows("src_ip", (10,)), time="timestamp")
    >>> counted, late = in_order_of_arrival(live, batch)
    >>> counted.to_pydict(), late.tolist()
    ({'past_10s_events': [0, 1, 1]}, [False, False, True])
    """
    times, known = _known_times(batch, time=windows.time, source=windows.spec.source)
    begins, late_known = _stretches(times, latest=windows.latest, reach=windows.reach)
    late = np.zeros(batch.num_rows, dtype=bool)
    late[known[late_known]] = True
    edges = [0, *known[begins].tolist(), batch.num_rows]
    parts = [
        windows.columns(batch.slice(begin, end - begin)) for begin, end in pairwise(edges) if end > begin
    ]
    return (pa.concat_tables(parts) if parts else windows.columns(batch)), late


def _stretches(times: Ints, *, latest: int | None, reach: int) -> tuple[Ints, Mask]:
    """Where stretches in order of time begin, without the first; and which events are late.

    An event that is out of reach of the latest is forgotten at once, so that it stands in a stretch of its own.
    """
    if not len(times):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)
    first = times[0] if latest is None else latest
    before = np.maximum.accumulate(np.concatenate([[first], times]))[:-1]
    late = times < before
    alone = times < before - reach
    begins = np.zeros(len(times), dtype=bool)
    begins[1:] = (times[1:] < times[:-1]) | alone[1:] | alone[:-1]
    return np.flatnonzero(begins), late


def _known_times(batch: pa.Table, *, time: str, source: str) -> tuple[Ints, Ints]:
    known = pc.and_(batch.column(time).is_valid(), batch.column(source).is_valid())
    places = np.flatnonzero(known.to_numpy())
    times: Ints = batch.column(time).filter(known).cast(pa.int64()).to_numpy()
    return times, places
