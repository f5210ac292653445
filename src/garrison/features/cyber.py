"""Network events of any make to numbers, in one call."""

import json
import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.configs import config_folder
from garrison.data.pseudonyms import SHORTEST_KEY, Pseudonyms
from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.errors import DataError, ModelError, SchemaError
from garrison.features.accepted import Accepted, accepted
from garrison.features.events import EventProcessor, LiveEvents
from garrison.features.frames import BATCH_ROWS
from garrison.features.processor import fitted_or_error, load_processor
from garrison.files import write_json

Floats = NDArray[np.float64]

_FORMAT = 1
_MOST_GATHERED = 1 << 19
"""Rows that are held at once, besides those of one batch, so that the past is gone through less often."""


class CyberDataProcessor:
    """Raw events to (n, d) float64, every number finite.

    ``features`` is a features file or a schema; without it the default table of network events. Raw events
    are a pandas or polars frame (a lazy one is collected batch by batch), an Arrow table, record batch,
    dataset or reader, dicts, one dict, or files: a path, a folder, a pattern, or several paths, to Parquet,
    CSV or JSON Lines. The label may be there or not; it is not looked at. A missing or unexpected column is a
    ``SchemaError``. A row that is not what the schema says is an error that names it; with a ``quarantine``
    it is left out instead, counted in ``refused``, and kept in that file, with all others that this processor
    refused; ``rows`` then says which rows are left.

    Addresses are replaced by ``pseudonyms`` on the way in. The numbers do not depend on the key; without one
    a key is made for this processor alone and kept nowhere, so that nobody can undo what stands in the quarantine.

    Three ways lead to the same numbers, to the last bit:

    * ``transform(raw)``: the past of each event's source is counted over the rows of ``raw``, in whatever
      order they stand, and nothing else: an event transformed alone has no past.
    * ``transform_batches(raw)``: the same numbers batch by batch, in memory bounded by a batch and by what
      happens within the longest window. The rows must stand in order of time; ``DataError`` where a batch has
      an event earlier than a batch before it.
    * ``live()``: an object whose ``transform(raw)`` takes the next events, one or many, and remembers. After
      it was given events in order of time, in pieces of any size, its answers put together are those of
      ``transform`` for all of them.

    >>> events = [{"timestamp": f"2024-05-04 00:00:0{second}", "src_ip": "ip_" + "0" * 32,
    ...            "protocol": "tcp", "payload_len": 100, "dst_port": 22 + second} for second in range(4)]
    >>> processor = CyberDataProcessor(scale=False)
    >>> X = processor.fit_transform(events)
    >>> X[:, processor.names.index("past_10s_distinct_dst_port")].tolist()
    [0.0, 1.0, 2.0, 3.0]
    """

    def __init__(
        self,
        features: Path | str | Schema | None = None,
        *,
        scale: bool = True,
        quarantine: Path | str | None = None,
        pseudonyms: Pseudonyms | None = None,
    ) -> None:
        if features is None:
            features = config_folder("threats") / "features.json"
        self.schema = features if isinstance(features, Schema) else Schema.read(Path(features))
        self.scale = scale
        self.quarantine = None if quarantine is None else Path(quarantine)
        self.pseudonyms = pseudonyms or Pseudonyms(secrets.token_bytes(SHORTEST_KEY))
        self.refused: Counter[str] = Counter()
        self.rows: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._processor: EventProcessor | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns ``transform`` gives; empty before ``fit``."""
        return self._processor.names if self._processor else ()

    @property
    def processor(self) -> EventProcessor:
        """The fitted processor of validated tables, as a detector holds it; ``ModelError`` before ``fit``."""
        return fitted_or_error(self._processor, remedy="call fit or fit_transform first")

    def fit(self, raw: Any) -> "CyberDataProcessor":
        """Learn categories, fills and scales from ``raw``; this processor, fitted.

        ``DataError`` when there are no rows.
        """
        self._fit(self._table(raw))
        return self

    def fit_transform(self, raw: Any) -> Floats:
        """``fit`` and ``transform`` in one reading of ``raw``."""
        table = self._table(raw)
        self._fit(table)
        return self.processor.transform(table)

    def transform(self, raw: Any) -> Floats:
        """The accepted rows of ``raw`` as numbers, shape (n, d), each past counted over ``raw`` alone."""
        processor = self.processor
        return processor.transform(self._table(raw))

    def transform_batches(self, raw: Any, *, batch_rows: int = BATCH_ROWS) -> Iterator[Floats]:
        """The numbers of ``transform``, at most ``batch_rows`` rows at a time, for rows in order of time."""
        live = self.processor.live()
        for rows, table in _gathered(self._accepted(raw, batch_rows), live, batch_rows):
            with_past = live.with_past(table)
            if live.late:
                raise DataError(
                    "the events are not in order of time",
                    where=f"rows {rows[0].as_py():,} to {rows[-1].as_py():,}",
                    expected=f"rows that rise by {self.schema.time!r} from batch to batch",
                    remedy="sort the events by time, or transform them at once",
                )
            for start in range(0, table.num_rows, batch_rows):
                yield self.processor.transform(with_past.slice(start, batch_rows))

    def live(self) -> "LiveProcessor":
        """What transforms events as they arrive, and remembers what a window can reach."""
        return LiveProcessor(self)

    def save(self, path: Path | str) -> None:
        """Write the schema and the fitted processor as JSON, whole or not at all."""
        facts = {
            "format": _FORMAT,
            "kind": "cyber",
            "schema": self.schema.to_dict(),
            "processor": self.processor.to_dict(),
        }
        write_json(Path(path), facts)

    @classmethod
    def load(
        cls,
        path: Path | str,
        *,
        quarantine: Path | str | None = None,
        pseudonyms: Pseudonyms | None = None,
    ) -> "CyberDataProcessor":
        """The processor that was saved at ``path``; ``ModelError`` when it is not one."""
        try:
            facts = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise ModelError(f"the processor cannot be read: {error}"[:300], where=str(path)) from error
        if not isinstance(facts, dict) or facts.get("kind") != "cyber" or facts.get("format") != _FORMAT:
            raise ModelError(
                "the file holds no processor of network events",
                where=str(path),
                expected=f"what CyberDataProcessor.save wrote, format {_FORMAT}",
            )
        schema = Schema.from_dict(facts.get("schema", {}), where=str(path))
        processor = load_processor(facts.get("processor", {}))
        if not isinstance(processor, EventProcessor):
            raise ModelError(f"a {processor.kind} processor is no processor of events", where=str(path))
        loaded = cls(schema, scale=processor.scale, quarantine=quarantine, pseudonyms=pseudonyms)
        loaded._processor = processor
        return loaded

    def _fit(self, table: pa.Table) -> None:
        self._processor = EventProcessor(scale=self.scale).fit(table, self.schema)

    def _table(self, raw: Any) -> pa.Table:
        parts = list(self._accepted(raw, BATCH_ROWS))
        self.rows = np.concatenate([np.zeros(0, dtype=np.int64), *(part.rows.to_numpy() for part in parts)])
        if not parts:
            return self.schema.arrow_schema(with_label=False).empty_table()
        if any(part.table.schema != parts[0].table.schema for part in parts):
            raise SchemaError(
                "some of the files have columns of past behaviour, and others have none",
                expected="all of them in every file, or none",
                remedy="transform the files apart, or leave those columns out",
            )
        return pa.concat_tables([part.table for part in parts])

    def _accepted(self, raw: Any, batch_rows: int) -> Iterator[Accepted]:
        if self.quarantine is None:
            yield from accepted(raw, self.schema, pseudonyms=self.pseudonyms, batch_rows=batch_rows)
            return
        with Quarantine(self.quarantine, keep=self.refused.total() > 0) as quarantine:
            try:
                yield from accepted(
                    raw,
                    self.schema,
                    pseudonyms=self.pseudonyms,
                    quarantine=quarantine,
                    batch_rows=batch_rows,
                )
            finally:
                self.refused.update(quarantine.reasons)


class LiveProcessor:
    """Events to numbers as they arrive; see ``CyberDataProcessor`` for what it promises, and ``LiveWindows``
    for events that come late."""

    def __init__(self, processor: CyberDataProcessor) -> None:
        self._whole = processor
        self._live = processor.processor.live()

    @property
    def late(self) -> int:
        """How many events came after a later one of an earlier call."""
        return self._live.late

    def transform(self, raw: Any) -> Floats:
        """The next events as numbers, shape (n, d): a frame, dicts, or one dict."""
        return self._live.transform(self._whole._table(raw))


def _gathered(
    parts: Iterator[Accepted], live: LiveEvents, batch_rows: int
) -> Iterator[tuple[pa.ChunkedArray, pa.Table]]:
    """The rows in pieces as large as what is remembered, up to a bound: the past is gone through once a piece."""
    held: list[Accepted] = []
    for part in parts:
        if held and part.table.schema != held[0].table.schema:
            yield _joined(held)
            held = []
        held.append(part)
        enough = max(batch_rows, min(live.remembered, _MOST_GATHERED))
        if sum(each.table.num_rows for each in held) >= enough:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def _joined(parts: list[Accepted]) -> tuple[pa.ChunkedArray, pa.Table]:
    rows = pa.chunked_array([part.rows for part in parts], pa.int64())
    return rows, pa.concat_tables([part.table for part in parts])
