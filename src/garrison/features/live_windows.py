"""Windows over a stream: the numbers of the whole table, from batches, remembering only what a window can reach."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from garrison.data.windows_spec import Windows
from garrison.errors import DataError
from garrison.features.arrival import overtaken, pieces, too_late
from garrison.features.held_events import HeldEvents
from garrison.features.live_memory import LiveMemory
from garrison.features.past_counts import MICROSECONDS, Ints, Mask, PastEvents, past_counts, past_of_one
from garrison.features.past_events import past_events
from garrison.features.windows import as_columns

_NONE = -1
"""The code of a text that is not there."""
_SPARE_TEXTS = 10_000
"""Texts beyond twice those in use that may be numbered before the unused are forgotten."""


class LiveWindows:
    """``window_columns`` for events that arrive bit by bit.

    In order of time, and cut into batches anywhere, events get exactly the numbers that ``window_columns``
    gives for all of them at once. Remembered are the events of the longest window before the latest event, by
    the events' own time; so memory is bounded by how much happens in one window.

    An event that comes late, with a time before the latest of an earlier batch, is counted against what is
    still remembered, which may be less than all of its past, and counts from then on; numbers that were given
    before it came stay as they were. ``late`` says how many there were. A time far in the future makes
    everything before it old: let the schema refuse such rows, as ``"maximum": "now"`` does.

    With ``spare_s`` events are remembered so many seconds longer, so that who is late by no more misses none.

    >>> live = LiveWindows(Windows("src_ip", (10,)), time="timestamp")
    >>> def event(second: int) -> pa.Table:
    ...     moment = pa.array([second * 1_000_000], pa.timestamp("us", tz="UTC"))
    ...     return pa.table({"timestamp": moment, "src_ip": ["a"]})
    >>> [live.columns(event(second)).to_pydict()["past_10s_events"] for second in (0, 4, 10, 15)]
    [[0], [1], [2], [1]]
    """

    def __init__(self, spec: Windows, *, time: str, spare_s: int = 0) -> None:
        self.spec = spec
        self.time = time
        self.late = 0
        self._reach = max(spec.seconds) * MICROSECONDS
        self._spare = spare_s * MICROSECONDS
        self._held = HeldEvents(2 + 2 * len(spec.distinct) + len(spec.sums) + len(spec.failures))
        self._latest: int | None = None
        self._codes: dict[str, dict[str, int]] = {}
        self._most_texts = _SPARE_TEXTS

    def __len__(self) -> int:
        """How many events are remembered."""
        return int(self._held.matrix.shape[1])

    def memory(self) -> LiveMemory:
        """All that is remembered, as values that can be kept; ``remember`` goes on from there."""
        return LiveMemory(
            windows=self.spec,
            time=self.time,
            late=self.late,
            latest=self._latest,
            most_texts=self._most_texts,
            held=self._held.matrix.copy(),
            texts={name: tuple(codes) for name, codes in self._codes.items()},
        )

    def remember(self, memory: LiveMemory) -> None:
        """Go on from ``memory``: what comes next gets the numbers it would have got without the break.

        ``DataError`` when it is the memory of other windows.
        """
        if (memory.windows, memory.time) != (self.spec, self.time):
            raise DataError(
                "what was remembered is of other windows than those that are counted",
                expected="the memory of the same windows over the same columns",
                remedy="begin with nothing remembered",
            )
        self.late, self._latest, self._most_texts = memory.late, memory.latest, memory.most_texts
        self._held = HeldEvents(self._held.matrix.shape[0])
        self._held.keep(memory.held, since=int(np.iinfo(np.int64).min))
        self._codes = {
            name: {text: code for code, text in enumerate(of)} for name, of in memory.texts.items()
        }

    def columns(self, batch: pa.Table | pa.RecordBatch, *, remember: bool = True) -> pa.Table:
        """The numbers of the events of ``batch``, in its order, as ``window_columns`` gives them; then the
        batch is remembered, unless ``remember`` is false."""
        table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
        new = _stacked(past_events(table, self.spec, time=self.time, codes=self._numbered))
        return as_columns(self._counted(new, remember=remember), self.spec)

    def arrived(self, batch: pa.Table | pa.RecordBatch) -> tuple[pa.Table, Mask]:
        """The numbers of the events of ``batch`` as if they came one by one, and which, (n,) bool, are late.

        An event's past is what came before it and is earlier, wherever batches are cut. Late is here what is more than
        ``spare_s`` seconds behind the latest so far: of its past a part may be forgotten. Events are remembered.

        >>> live = LiveWindows(Windows("src_ip", (10,)), time="timestamp", spare_s=5)
        >>> moments = pa.array([5_000_000, 9_000_000, 7_000_000, 2_000_000], pa.timestamp("us", tz="UTC"))
        >>> counted, late = live.arrived(pa.table({"timestamp": moments, "src_ip": ["a"] * 4}))
        >>> counted.to_pydict(), late.tolist()
        ({'past_10s_events': [0, 1, 1, 0]}, [False, False, False, True])
        """
        table = pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
        new = _stacked(past_events(table, self.spec, time=self.time, codes=self._numbered))
        late = np.zeros(new.shape[1], dtype=bool)
        known = new[0] >= 0
        late[known] = too_late(new[1, known], latest=self._latest, spare=self._spare)
        parts = [self._in_order_of_arrival(new[:, begin:end]) for begin, end in pieces(late)]
        self._forget_texts()
        return as_columns(np.concatenate([self._counted(new[:, :0]), *parts], axis=1), self.spec), late

    def _in_order_of_arrival(self, new: Ints) -> Ints:
        """Counted in order of time first; those that stand before an earlier one of their source, once more."""
        counts = self._counted(new, remember=False)
        for place in overtaken(new[0], new[1]):
            before = new[:, :place]
            past = [self._related(new[:, place : place + 1]), before[:, before[0] == new[0, place]]]
            own = np.concatenate(past, axis=1)
            own = own[:, np.argsort(own[1], kind="stable")]
            counts[:, place] = past_of_one(self._events(own), int(new[1, place]), self.spec.seconds)[:, 0]
        self._keep(new[:, new[0] >= 0])
        return counts

    def of_one(self, values: Mapping[str, Any]) -> Ints:
        """The numbers of one event, shape (d,), in the order of ``Windows.names``; then it is remembered.

        ``values`` has the time in microseconds and a value for each of ``Windows.columns``, typed as the schema types
        it, or None where it is missing.
        """
        spec, moment = self.spec, values[self.time]
        source = None if moment is None else values[spec.source]
        counted = [_NONE if source is None else self._code(spec.source, source), moment or 0]
        distinct = [values[name] for name in spec.distinct]
        counted += [
            self._code(name, value) if isinstance(value, str) else _NONE if value is None else int(value)
            for name, value in zip(spec.distinct, distinct, strict=True)
        ]
        counted += [value is not None for value in distinct]
        counted += [int(values[name] or 0) for name in (*spec.sums, *spec.failures)]
        return self._counted(np.array(counted, dtype=np.int64)[:, None])[:, 0]

    def _code(self, name: str, text: str) -> int:
        codes = self._codes.setdefault(name, {})
        return codes.setdefault(text, len(codes))

    def _counted(self, new: Ints, *, remember: bool = True) -> Ints:
        known = new[:, new[0] >= 0]
        related = self._related(known)
        if known.shape[1] == new.shape[1] == 1:
            counts = past_of_one(self._events(related), int(new[1, 0]), self.spec.seconds)
        else:
            events = self._events(np.concatenate([related, new], axis=1))
            counts = past_counts(events, self.spec.seconds, since=related.shape[1])
        if remember:
            self._keep(known)
            self._forget_texts()
        return counts

    def _events(self, rows: Ints) -> PastEvents:
        values = 2 + len(self.spec.distinct)
        amounts = values + len(self.spec.distinct)
        present = tuple(row != 0 for row in rows[values:amounts])
        return PastEvents(rows[0], rows[1], tuple(rows[2:values]), present, tuple(rows[amounts:]))

    def _related(self, new: Ints) -> Ints:
        """The remembered events that may count for ``new``: of the same sources, and in reach."""
        held = self._held.matrix
        if not held.shape[1] or not new.shape[1]:
            return held[:, :0]
        since = max(int(new[1].min()) - self._reach, np.iinfo(np.int64).min)
        held = held[:, np.searchsorted(held[1], since) :]
        if new.shape[1] == 1:
            return held[:, np.flatnonzero(held[0] == new[0, 0])]
        asked = np.zeros(len(self._codes[self.spec.source]), dtype=bool)
        asked[new[0]] = True
        return held[:, asked[held[0]]]

    def _keep(self, new: Ints) -> None:
        if not new.shape[1]:
            return
        if self._latest is not None:
            self.late += int((new[1] < self._latest).sum())
        newest = int(new[1].max())
        self._latest = newest if self._latest is None else max(self._latest, newest)
        self._held.keep(new, since=max(self._latest - self._reach - self._spare, np.iinfo(np.int64).min))

    def _numbered(self, name: str, texts: pa.Array) -> Ints:
        codes = self._codes.setdefault(name, {})
        # One step a distinct text of the batch, not one a row.
        return np.array([codes.setdefault(text, len(codes)) for text in texts.to_pylist()], dtype=np.int64)

    def _forget_texts(self) -> None:
        if sum(map(len, self._codes.values())) <= self._most_texts:
            return
        held = self._held.matrix
        for name, codes in self._codes.items():
            rows = [0] if name == self.spec.source else []
            rows += [2 + place for place, other in enumerate(self.spec.distinct) if other == name]
            used = np.unique(held[rows])
            used = used[used >= 0]
            places = np.full(len(codes) + 1, -1, dtype=np.int64)
            places[used] = np.arange(len(used))
            for row in rows:
                held[row] = places[held[row]]
            texts = list(codes)
            self._codes[name] = {texts[code]: place for place, code in enumerate(used.tolist())}
        self._most_texts = 2 * sum(map(len, self._codes.values())) + _SPARE_TEXTS


def _stacked(events: PastEvents) -> Ints:
    present = (np.asarray(mask, dtype=np.int64) for mask in events.present)
    return np.stack([events.source, events.time, *events.values, *present, *events.amounts])
