"""What a log is told of scored events, and the thread by which scoring never waits for it.

The service takes a sample, puts it into a queue and goes on. A thread of its own checks, replaces addresses and hands
whole tables to the log. When the log is behind and the queue is full, what comes then is dropped and counted.
"""

import contextlib
import queue
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.pseudonyms import Pseudonyms
from garrison.data.schema import Schema
from garrison.monitoring import ScoredLog, ScoredRows
from garrison.serving.http.checking import check
from garrison.serving.http.metrics import Metrics

MOST_WAITING = 1024
"""Entries of the queue; an entry is one event, or the events of one batch."""

MOST_EVENTS = 200_000
"""Events in the queue, however many entries they are."""


@dataclass(frozen=True, slots=True)
class _Entry:
    model: str
    version: int | None
    threshold: float
    schema: Schema
    request: str
    events: Mapping[str, Any] | pa.Table
    scores: NDArray[np.float64] | float
    at: float
    latency: float
    rows: NDArray[np.int64] | None

    def __len__(self) -> int:
        return self.events.num_rows if isinstance(self.events, pa.Table) else 1


class LogQueue:
    """Hands samples of scored events to a log, in a thread of its own; ``offer`` never waits.

    With ``log_counts`` the log counts by itself what it wrote: it has only taken what it was handed.
    """

    def __init__(
        self,
        log: ScoredLog,
        *,
        sample: float,
        metrics: Metrics,
        pseudonyms: Pseudonyms | None = None,
        on_error: Callable[[Exception], None] = lambda _: None,
        log_counts: bool = False,
        seed: int | None = None,
    ) -> None:
        self._log = log
        self._sample = sample
        self._metrics = metrics
        self._pseudonyms = pseudonyms
        self._on_error = on_error
        self._log_counts = log_counts
        self._draw = random.Random(seed)
        self._queue: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._waiting = 0
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="garrison-scored-log", daemon=True)
        self._thread.start()

    def offer_one(
        self, served: Any, event: Mapping[str, Any], score: float, *, request: str, latency: float
    ) -> None:
        """Offer one event as it came; ``served`` is the version that scored it."""
        if self._sample < 1 and self._draw.random() >= self._sample:
            return
        self._put(
            _Entry(
                served.name, served.version, served.scorer.threshold, served.scorer.schema,
                request, event, score, time.time(), latency, None,
            )
        )  # fmt: skip

    def offer_many(
        self,
        served: Any,
        events: pa.Table,
        scores: NDArray[np.float64],
        rows: NDArray[np.int64],
        *,
        request: str,
        latency: float,
    ) -> None:
        """Offer the scored events of a batch, whose numbers in it, from 1, are ``rows``; each is drawn for itself."""
        if self._sample < 1:
            drawn = np.array([self._draw.random() < self._sample for _ in range(len(scores))], dtype=bool)
            events, scores, rows = events.filter(pa.array(drawn)), scores[drawn], rows[drawn]
        if len(scores):
            self._put(
                _Entry(
                    served.name, served.version, served.scorer.threshold, served.scorer.schema,
                    request, events, scores, time.time(), latency, rows,
                )
            )  # fmt: skip

    def close(self, *, seconds: float = 15.0) -> None:
        """Let what waits be written, for so many seconds at most, and close the log."""
        self._queue.put(None)
        self._thread.join(seconds)

    def _put(self, entry: _Entry) -> None:
        count = len(entry)
        with self._turn:
            full = self._waiting + count > MOST_EVENTS or self._queue.qsize() >= MOST_WAITING
            self._waiting += 0 if full else count
        if full:
            self._metrics.logged.labels("dropped").inc(count)
        else:
            self._queue.put(entry)

    def _work(self) -> None:
        try:
            while (entry := self._queue.get()) is not None:
                entries = [entry]
                ends = False
                with contextlib.suppress(queue.Empty):
                    while len(entries) < MOST_WAITING:
                        following = self._queue.get_nowait()
                        if following is None:
                            ends = True
                            break
                        entries.append(following)
                self._hand_on(entries)
                if ends:
                    return
        finally:
            try:
                self._log.close()
            except Exception as error:
                self._on_error(error)

    def _hand_on(self, entries: list[_Entry]) -> None:
        """Write neighbours of one version together."""
        start = 0
        for place in range(1, len(entries) + 1):
            if place == len(entries) or _kind(entries[place]) != _kind(entries[start]):
                self._write(entries[start:place])
                start = place
        with self._turn:
            self._waiting -= sum(map(len, entries))

    def _write(self, entries: list[_Entry]) -> None:
        count = sum(map(len, entries))
        try:
            self._log.write(_rows(entries, self._pseudonyms))
        except Exception as error:
            self._metrics.logged.labels("failed").inc(count)
            self._on_error(error)
        else:
            if not self._log_counts:
                self._metrics.logged.labels("written").inc(count)


def _kind(entry: _Entry) -> tuple[Any, ...]:
    """What entries share that are written together; events that bring their past are not like those that do not."""
    names = entry.events.column_names if isinstance(entry.events, pa.Table) else entry.events.keys()
    past = entry.schema.window_names
    return (
        entry.model,
        entry.version,
        id(entry.schema),
        type(entry.events),
        bool(past) and {*past}.issubset(names),
    )


def _rows(entries: list[_Entry], pseudonyms: Pseudonyms | None) -> ScoredRows:
    first = entries[0]
    counts = [len(entry) for entry in entries]
    scores = np.concatenate([np.atleast_1d(np.asarray(entry.scores, dtype=np.float64)) for entry in entries])
    ids: list[str] = []
    for entry in entries:
        ids += (
            [entry.request]
            if entry.rows is None
            else [f"{entry.request}-{row}" for row in entry.rows.tolist()]
        )
    moments = [
        np.datetime64(datetime.fromtimestamp(entry.at, UTC).replace(tzinfo=None), "us") for entry in entries
    ]
    return ScoredRows(
        model=first.model,
        version=first.version,
        threshold=first.threshold,
        events=_table(entries, pseudonyms),
        scores=scores,
        flagged=scores >= first.threshold,
        ids=tuple(ids),
        at=np.repeat(np.array(moments, dtype="datetime64[us]"), counts),
        latency=np.repeat([entry.latency for entry in entries], counts),
    )


def _table(entries: list[_Entry], pseudonyms: Pseudonyms | None) -> pa.Table:
    schema = entries[0].schema
    if isinstance(entries[0].events, pa.Table):
        table = pa.concat_tables([entry.events for entry in entries], promote_options="default")
    else:
        table = check(schema, [entry.events for entry in entries]).table
    if pseudonyms is not None:
        for column in schema.columns:
            if column.pseudonym and column.name in table.column_names:
                place = table.column_names.index(column.name)
                hidden = pseudonyms.of(table.column(place).combine_chunks())
                table = table.set_column(place, column.name, hidden)
    return table
