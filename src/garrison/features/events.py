"""Events of a network as numbers: what they are, when they happened, and what their source did before."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.schema import Schema
from garrison.data.windows_spec import Windows
from garrison.errors import DataError, ModelError, SchemaError
from garrison.features.clock import CLOCK_NAMES, clock_columns
from garrison.features.live_memory import LiveMemory
from garrison.features.live_windows import LiveWindows
from garrison.features.matrix import write_columns
from garrison.features.past_counts import Mask, ordered_counts
from garrison.features.past_events import past_events
from garrison.features.processor import fitted_or_error
from garrison.features.saved_numbers import vector
from garrison.features.standard import center_and_spread
from garrison.features.tabular import TabularProcessor

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Fitted:
    tabular: TabularProcessor
    time: str | None
    windows: Windows | None
    center: Floats
    spread: Floats

    @cached_property
    def names(self) -> tuple[str, ...]:
        clock = CLOCK_NAMES if self.time else ()
        return (*self.tabular.names, *clock, *(self.windows.names if self.windows else ()))


@dataclass(frozen=True)
class EventProcessor:
    """Events to (n, d) float64: the schema's features as ``TabularProcessor`` gives them, the clock where the
    schema has a ``time``, and the past of each event's source where it has ``windows``.

    The past is counted over the table that is given, so that a table is transformed as a whole; where it has
    the columns of ``windows.names`` (all of them, int64), they are taken as they are. ``live`` remembers from
    batch to batch instead. A category that was not seen in training is zero in every column of its kind; a
    feature without any value in training is taken as 0 where it is missing. ``scale`` brings every column to
    mean 0 and standard deviation 1 of the training rows; ``impute`` is that of ``TabularProcessor``.

    >>> schema = Schema.from_dict({"name": "events", "time": "at", "columns": [
    ...     {"name": "at", "type": "timestamp", "role": "context"},
    ...     {"name": "who", "type": "string", "role": "context"},
    ...     {"name": "port", "type": "integer"}],
    ...     "windows": {"source": "who", "seconds": [60], "distinct": ["port"]}})
    >>> table = schema.validate(pa.table({"who": ["a", "a", "b"], "port": [22, 80, 80],
    ...     "at": ["2024-05-04 00:00:00", "2024-05-04 00:00:30", "2024-05-04 00:00:31"]})).table
    >>> fitted = EventProcessor().fit(table, schema)
    >>> fitted.names[0], fitted.names[-2:]
    ('port', ('past_60s_events', 'past_60s_distinct_port'))
    >>> fitted.transform(table)[:, [0, -2, -1]].tolist()
    [[22.0, 0.0, 0.0], [80.0, 1.0, 1.0], [80.0, 0.0, 0.0]]
    """

    kind: ClassVar[str] = "events"

    scale: bool = False
    impute: Literal["knn", "median"] = "median"
    _fitted: _Fitted | None = field(default=None, repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns ``transform`` gives; empty before ``fit``."""
        return self._fitted.names if self._fitted else ()

    @property
    def fitted(self) -> _Fitted:
        """What was learnt from the training rows; ``ModelError`` before ``fit``."""
        return fitted_or_error(self._fitted)

    @property
    def windows(self) -> Windows | None:
        """The windows it was fitted with, if any."""
        return self._fitted.windows if self._fitted else None

    def fit(self, table: pa.Table, schema: Schema) -> "EventProcessor":
        """A processor fitted to the training rows ``table``, which ``schema`` has validated.

        ``DataError`` when there are no rows; ``SchemaError`` when a feature has the name of a column that is
        added here.
        """
        own, past = _parted(table, schema.windows)
        tabular = TabularProcessor(impute=self.impute).fit(own, _without_empty(own, schema))
        width = len(tabular.names)
        fitted = _Fitted(tabular, schema.time, schema.windows, np.zeros(width), np.ones(width))
        twice = sorted({name for name in fitted.names if fitted.names.count(name) > 1})
        if twice:
            raise SchemaError(
                "a feature has the name of a column that is added: " + ", ".join(twice[:10]),
                where=f"schema {schema.name!r}",
                remedy="rename the feature",
            )
        width = len(fitted.names)
        fitted = replace(fitted, center=np.zeros(width), spread=np.ones(width))
        if self.scale:
            plain = EventProcessor(impute=self.impute, _fitted=fitted)
            center, spread = center_and_spread(plain._numbers(own, past, fitted))
            fitted = replace(fitted, center=center, spread=spread)
        return replace(self, _fitted=fitted)

    def transform(self, table: pa.Table) -> Floats:
        """The rows of ``table`` as numbers, shape (n, d), all finite.

        A row's numbers depend on the other rows only through the past of its source: whatever the order of
        the rows, and whatever comes later. ``SchemaError`` when the columns are not those of the schema it
        was fitted with, or a value is missing where the schema refuses that.
        """
        fitted = self.fitted
        own, past = _parted(table, fitted.windows)
        return self._numbers(own, past, fitted)

    def live(self, *, spare_s: int = 0) -> "LiveEvents":
        """What transforms a stream of events, batch by batch, and remembers their sources' past, ``spare_s`` seconds
        longer than the longest window."""
        return LiveEvents(self, spare_s=spare_s)

    def to_dict(self) -> dict[str, Any]:
        """The fitted processor as JSON values; ``ModelError`` before ``fit``."""
        fitted = self.fitted
        windows = fitted.windows
        return {
            "kind": self.kind,
            "format": 1,
            "scale": self.scale,
            "impute": self.impute,
            "tabular": fitted.tabular.to_dict(),
            "time": fitted.time,
            "windows": windows
            and {
                "source": windows.source,
                "seconds": list(windows.seconds),
                "distinct": list(windows.distinct),
                "sums": list(windows.sums),
                "failures": list(windows.failures),
            },
            "center": fitted.center.tolist(),
            "spread": fitted.spread.tolist(),
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "EventProcessor":
        """The processor that ``to_dict`` described; ``ModelError`` where the facts contradict each other."""
        if facts["format"] != 1 or facts["impute"] not in ("knn", "median"):
            raise ModelError("the processor was saved in a format that is not known", expected="format 1")
        time = None if facts["time"] is None else str(facts["time"])
        windows = None if facts["windows"] is None else _windows(facts["windows"])
        if windows is not None and time is None:
            raise ModelError("the processor has windows but no time")
        tabular = TabularProcessor.from_dict(facts["tabular"])
        nothing = np.zeros(0)
        names = _Fitted(tabular, time, windows, nothing, nothing).names
        center, spread = (vector(facts[key], len(names)) for key in ("center", "spread"))
        if not (spread > 0).all():
            raise ModelError("the processor has a spread that is not above 0")
        fitted = _Fitted(tabular, time, windows, center, spread)
        return cls(bool(facts["scale"]), facts["impute"], fitted)

    def _numbers(self, own: pa.Table, past: pa.Table | None, fitted: _Fitted) -> Floats:
        columns = fitted.tabular.columns(own)
        if fitted.time is not None:
            columns += clock_columns(_moments(own, fitted.time))
        if past is not None:
            columns += [column.to_numpy() for column in past.columns]
        X = np.empty((own.num_rows, len(fitted.names)))
        width = len(fitted.names)
        if past is None and fitted.windows is not None and fitted.time is not None:
            width -= len(fitted.windows.names)
            counted = past_events(own, fitted.windows, time=fitted.time)
            rows, counts = ordered_counts(counted, fitted.windows.seconds)
            if len(rows) < len(X):
                lacking = np.flatnonzero(counted.source < 0)
                zeros = [np.zeros(len(lacking))] * len(counts)
                write_columns(X[:, width:], zeros, scale=self._scale(fitted, width, None), rows=lacking)
            write_columns(X[:, width:], counts, scale=self._scale(fitted, width, None), rows=rows)
        write_columns(X[:, :width], columns, scale=self._scale(fitted, 0, width))
        return X

    def _scale(self, fitted: _Fitted, start: int, stop: int | None) -> tuple[Floats, Floats] | None:
        return (fitted.center[start:stop], fitted.spread[start:stop]) if self.scale else None


class LiveEvents:
    """Events to numbers as they arrive, in batches of any size.

    In order of time the numbers are exactly those of ``EventProcessor.transform`` for all events in one
    table. What late events get, and what is remembered, is said at ``LiveWindows``.
    """

    def __init__(self, processor: EventProcessor, *, spare_s: int = 0) -> None:
        self.processor = processor
        fitted = processor.fitted
        self.windows: LiveWindows | None = None
        if fitted.windows is not None and fitted.time is not None:
            self.windows = LiveWindows(fitted.windows, time=fitted.time, spare_s=spare_s)

    @property
    def late(self) -> int:
        """How many events came after a later one of an earlier batch."""
        return self.windows.late if self.windows else 0

    @property
    def remembered(self) -> int:
        """How many events are remembered."""
        return len(self.windows) if self.windows else 0

    def transform(self, batch: pa.Table) -> Floats:
        """The next events as numbers, shape (n, d); see ``EventProcessor.transform``."""
        return self.processor.transform(self.with_past(batch))

    def arrived(self, batch: pa.Table) -> tuple[Floats, Mask]:
        """The next events as numbers, and which of them, (n,) bool, are late; see ``LiveWindows.arrived``.

        As if they came one by one, wherever batches are cut: an event's past is what came before it and is earlier.
        """
        if self.windows is None or not batch.num_rows:
            return self.transform(batch), np.zeros(batch.num_rows, dtype=bool)
        counted, late = self.windows.arrived(batch)
        with_past = pa.table(
            [*batch.columns, *counted.columns], names=[*batch.column_names, *counted.column_names]
        )
        return self.processor.transform(with_past), late

    def memory(self) -> LiveMemory | None:
        """All that is remembered, as values that can be kept; None where nothing ever is."""
        return None if self.windows is None else self.windows.memory()

    def remember(self, memory: LiveMemory) -> None:
        """Go on from ``memory``; ``DataError`` when it is that of other windows."""
        if self.windows is None:
            raise DataError("there are no windows whose past could be remembered")
        self.windows.remember(memory)

    def with_past(self, batch: pa.Table) -> pa.Table:
        """The next events, the columns of their past beside them; the events are remembered."""
        if self.windows is None or {*self.windows.spec.names}.issubset(batch.column_names):
            return batch
        counted = self.windows.columns(batch)
        return pa.table(
            [*batch.columns, *counted.columns], names=[*batch.column_names, *counted.column_names]
        )


def _parted(table: pa.Table, windows: Windows | None) -> tuple[pa.Table, pa.Table | None]:
    """The columns of a table without those of past behaviour; and those, where all are there."""
    names = list(windows.names) if windows else []
    if not names or not {*names}.issubset(table.column_names):
        return table, None
    past = table.select(names)
    for name, column in zip(past.column_names, past.columns, strict=True):
        if column.type != pa.int64() or column.null_count:
            raise SchemaError(
                f"column {name!r} is of type {column.type}, or lacks a value",
                expected="an int64 in every row, as the windows give it",
                remedy="leave the columns of past behaviour out, and they are computed",
            )
    return table.drop_columns(names), past


def _moments(table: pa.Table, time: str) -> pa.ChunkedArray:
    if table.column_names.count(time) != 1 or table.column(time).type != pa.timestamp("us", tz="UTC"):
        raise SchemaError(
            f"the column {time!r} is missing, there twice, or no timestamp",
            expected=f"one column {time!r} of timestamps",
            remedy="validate the table by the schema first",
        )
    return table.column(time)


def _without_empty(table: pa.Table, schema: Schema) -> Schema:
    """The schema, its features that have no value at all in ``table`` imputed as 0."""

    def is_empty(name: str) -> bool:
        return name in table.column_names and 0 < table.num_rows == table.column(name).null_count

    columns = [
        replace(column, impute="constant") if column.role == "feature" and is_empty(column.name) else column
        for column in schema.columns
    ]
    return replace(schema, columns=tuple(columns))


def _windows(facts: Mapping[str, Any]) -> Windows:
    seconds = tuple(facts["seconds"])
    if not seconds or not all(type(each) is int and 0 < each < 1 << 31 for each in seconds):
        raise ValueError(f"windows of {seconds!r} seconds")
    columns = (tuple(map(str, facts[key])) for key in ("distinct", "sums", "failures"))
    return Windows(str(facts["source"]), seconds, *columns)
