"""What each event's source did just before it, as columns beside the event's own."""

import pyarrow as pa

from garrison.data.windows_spec import Windows
from garrison.features.past_counts import Ints, past_counts
from garrison.features.past_events import past_events


def window_columns(table: pa.Table, spec: Windows, *, time: str, history: pa.Table | None = None) -> pa.Table:
    """For each row of ``table``, in its order, the numbers that ``spec`` asks for: int64 columns named by
    ``spec.names``.

    For an event at time t and a window of w seconds the events of the same source with time in [t - w, t)
    count, those of ``history`` and of the table itself: strictly earlier ones, so that events of one moment
    do not count for each other, the order of the rows does not matter, and what comes later changes nothing.
    A missing value is no distinct value, adds 0 and is no failure. A row without a source has zeros and
    counts for no other: who is unknown has no past. A sum beyond int64 is cut to its range.

    ``SchemaError`` when a column is not there or not of the type that the schema gave it.

    >>> moments = pa.array([0, 4_000_000, 4_000_000, 11_000_000], pa.timestamp("us", tz="UTC"))
    >>> table = pa.table({"timestamp": moments, "src_ip": ["a"] * 4, "dst_port": [22, 80, 22, 443]})
    >>> counted = window_columns(table, Windows("src_ip", (10,), distinct=("dst_port",)), time="timestamp")
    >>> counted.to_pydict()
    {'past_10s_events': [0, 1, 1, 2], 'past_10s_distinct_dst_port': [0, 1, 1, 2]}
    """
    wanted = list(dict.fromkeys((time, *spec.columns)))
    looked_at = table
    if history is not None and history.num_rows:
        looked_at = pa.concat_tables([history.select(wanted), table.select(wanted)])
    since = looked_at.num_rows - table.num_rows
    return as_columns(past_counts(past_events(looked_at, spec, time=time), spec.seconds, since=since), spec)


def as_columns(counts: Ints, spec: Windows) -> pa.Table:
    """Numbers of shape (d, n) as a table of d columns, named by ``spec.names``."""
    return pa.table([pa.array(row) for row in counts], names=list(spec.names))
