"""Events as rows of numbers, and back: what attacks change, and what processors and schemas see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from garrison.data.schema import ARROW_TYPES, Column, Schema

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True)
class Rows:
    """The features of events as numbers, in the order of ``columns``; timestamps are left out.

    An integer, a number and a truth value are themselves, a text is its place among the ``texts`` of its column, and
    what is missing is NaN. ``table`` holds the events as they were, with everything else that a processor looks at.
    """

    table: pa.Table
    columns: tuple[Column, ...]
    texts: dict[str, tuple[str, ...]]
    Z: Floats

    @classmethod
    def of(
        cls, table: pa.Table, schema: Schema, *, known: Mapping[str, Sequence[str]] | None = None
    ) -> "Rows":
        """The rows of ``table``, which ``schema`` has validated; ``known`` are further texts of columns."""
        columns = tuple(column for column in schema.features if column.type != "timestamp")
        texts: dict[str, tuple[str, ...]] = {}
        Z = np.empty((table.num_rows, len(columns)))
        for place, column in enumerate(columns):
            values = table.column(column.name)
            if column.type == "string":
                seen = {str(value) for value in pc.unique(values.drop_null()).to_pylist()}
                seen |= {str(each) for each in column.allowed or ()}
                texts[column.name] = tuple(sorted(seen.union((known or {}).get(column.name, ()))))
                values = pc.index_in(values, value_set=pa.array(texts[column.name], pa.string()))
            elif column.type == "boolean":
                values = values.cast(pa.int8())
            Z[:, place] = values.cast(pa.float64(), safe=False).to_numpy()
        return cls(table, columns, texts, Z)

    def place(self, name: str) -> int:
        """Where the column called ``name`` stands among the numbers."""
        return next(place for place, column in enumerate(self.columns) if column.name == name)

    def events(self, Z: Floats, rows: Ints, *, changed: Sequence[int]) -> pa.Table:
        """The events ``rows``, shape (m,), their columns at ``changed`` being as in ``Z``, shape (m, columns).

        What is missing stays missing.
        """
        table = self.table.take(pa.array(rows))
        for place in changed:
            column = self.columns[place]
            at = table.column_names.index(column.name)
            table = table.set_column(at, column.name, self._values(Z[:, place], column))
        return table

    def _values(self, numbers: Floats, column: Column) -> pa.Array:
        missing = np.isnan(numbers)
        if column.type == "number":
            return pa.array(numbers, mask=missing) if missing.any() else pa.array(numbers)
        whole = np.where(missing, 0, numbers)
        if column.type == "string":
            codes = pa.array(whole.astype(np.int64), mask=missing)
            return pa.array(self.texts[column.name], pa.string()).take(codes)
        kind: Any = np.bool_ if column.type == "boolean" else np.int64
        return pa.array(whole.astype(kind), ARROW_TYPES[column.type], mask=missing)

    def shown(self, number: float, place: int) -> str:
        """A value of the column at ``place`` as a person reads it."""
        column = self.columns[place]
        if np.isnan(number):
            return "missing"
        if column.type == "string":
            return self.texts[column.name][int(number)]
        if column.type == "boolean":
            return "true" if number else "false"
        return f"{number:,.0f}" if column.type == "integer" else f"{number:,.6g}"
