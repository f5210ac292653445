"""Which columns of a detector are watched, and as what: numbers by their distribution, others by their categories."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.schema import Column, Schema
from garrison.detection import Detector
from garrison.errors import DataError
from garrison.features import Remembering
from garrison.features.clock import CLOCK_NAMES

Kind = Literal["numeric", "category"]
Values = Any
"""A column: (n,) float64 with NaN where a number is missing, or an Arrow column of categories."""


@dataclass(frozen=True)
class Watched:
    """One column: its name, its kind, and the categories that are named however rare they are."""

    name: str
    kind: Kind
    always: tuple[str, ...] = ()


def watched_columns(schema: Schema) -> tuple[Watched, ...]:
    """The features of a schema that can be watched.

    A column whose values are listed, a truth value or a text is watched by its categories, any other number by its
    distribution. When an event happened is not watched: it always changes.
    """
    return tuple(
        Watched(column.name, kind, _allowed(column)) for column in schema.features if (kind := _kind(column))
    )


def derived_columns(detector: Detector) -> tuple[str, ...]:
    """The numbers that a processor makes, where they are more than a column under another name.

    That is the past behaviour of an event's source, and what there is in a URL: hardly a URL comes twice.
    """
    known = {*detector.schema.feature_names, *CLOCK_NAMES}
    return tuple(
        name for name in detector.processor.names if name not in known and name.partition("=")[0] not in known
    )


def column_values(table: pa.Table, columns: tuple[Watched, ...]) -> dict[str, Values]:
    """The watched columns of a validated table: numbers as float64, NaN where one is missing; others as they are."""
    return {
        column.name: _numbers(table.column(column.name))
        if column.kind == "numeric"
        else table.column(column.name)
        for column in columns
    }


@dataclass(frozen=True)
class Seen:
    """What is watched of some rows: their columns, and their scores, shape (n,)."""

    rows: int
    columns: Mapping[str, Values]
    scores: NDArray[np.float64]


class Watch:
    """Looks at rows as a detector does, batch by batch; the past of an event's source is remembered in between."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        self.columns = watched_columns(detector.schema)
        names = detector.processor.names
        self._derived = {name: names.index(name) for name in derived_columns(detector)}
        processor = detector.processor
        self._live = processor.live() if isinstance(processor, Remembering) else None

    @property
    def always(self) -> dict[str, tuple[str, ...]]:
        """By column, the categories that a reference names however rare they are."""
        return {column.name: column.always for column in self.columns if column.always}

    def see(self, table: pa.Table) -> Seen:
        """What is watched of the next rows, which the schema has validated.

        ``DataError`` for events that come after a later one of an earlier batch: their past is no longer known.
        """
        X = (self._live or self.detector.processor).transform(table)
        if self._live is not None and self._live.late:
            raise DataError(
                f"{self._live.late:,} event(s) came after a later one of an earlier batch",
                where="monitoring",
                expected="events in the order of time",
                remedy="sort them first: garrison process does",
            )
        return Seen(table.num_rows, self.see_numbers(table, X), self.detector.model.score(X))

    def see_numbers(self, table: pa.Table, X: NDArray[np.float64]) -> dict[str, Values]:
        """The watched columns of rows that were made into numbers already, shape (n, d)."""
        return {
            **column_values(table, self.columns),
            **{name: X[:, place] for name, place in self._derived.items()},
        }


def _kind(column: Column) -> Kind | None:
    if column.allowed is not None or column.type in {"boolean", "string"}:
        return "category"
    return "numeric" if column.type in {"integer", "number"} else None


def _allowed(column: Column) -> tuple[str, ...]:
    if column.allowed is None:
        return ()
    return tuple(pa.array(list(column.allowed), column.arrow_type).cast(pa.string()).to_pylist())


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)
