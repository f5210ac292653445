"""What a party tells of its rows so that all can make numbers alike: counts and sums, and no row.

They are told in the clear: whoever reads them learns how often each category occurs at a party, and the means and
spreads of its columns. Where that is too much, they have to be summed up under masks like updates are.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from garrison.data.schema import Schema

Floats = NDArray[np.float64]
TEXT = "string"


@dataclass(frozen=True)
class ColumnCounts:
    """Of each text column how often each category occurs, and of each other one the number of values and their sum."""

    categories: dict[str, Counter[str]] = field(default_factory=dict)
    numbers: dict[str, tuple[int, float]] = field(default_factory=dict)


def count_columns(table: pa.Table, schema: Schema) -> ColumnCounts:
    """The counts of one party's rows, which ``schema`` has validated."""
    categories: dict[str, Counter[str]] = {}
    numbers: dict[str, tuple[int, float]] = {}
    for column in schema.features:
        values = table.column(column.name)
        if column.type == TEXT:
            pairs = pc.value_counts(values.drop_null()).to_pylist()
            categories[column.name] = Counter({pair["values"]: pair["counts"] for pair in pairs})
        else:
            found = _as_numbers(values)
            numbers[column.name] = (len(found), float(found.sum()))
    return ColumnCounts(categories, numbers)


def together(counts: Sequence[ColumnCounts]) -> ColumnCounts:
    """The counts of all parties."""
    categories: dict[str, Counter[str]] = {}
    numbers: dict[str, tuple[int, float]] = {}
    for one in counts:
        for name, each in one.categories.items():
            categories[name] = categories.get(name, Counter()) + each
        for name, (count, total) in one.numbers.items():
            before, so_far = numbers.get(name, (0, 0.0))
            numbers[name] = (before + count, so_far + total)
    return ColumnCounts(categories, numbers)


@dataclass(frozen=True)
class Moments:
    """How many rows there are, and the sum of each of the d columns and of its squares, shape (d,)."""

    rows: int
    total: Floats
    squares: Floats

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(self.rows + other.rows, self.total + other.total, self.squares + other.squares)

    def center_and_spread(self) -> tuple[Floats, Floats]:
        """The mean and the standard deviation of each column; a constant column's spread is 1."""
        center = self.total / self.rows
        variance = np.maximum(self.squares / self.rows - center**2, 0.0)
        spread = np.sqrt(variance)
        return center, np.where(spread > 1e-9 * (1 + np.abs(center)), spread, 1.0)


def moments_of(X: Floats) -> Moments:
    """The moments of one party's numbers, shape (n, d)."""
    return Moments(len(X), X.sum(axis=0), np.square(X).sum(axis=0))


def _as_numbers(values: pa.ChunkedArray) -> Floats:
    present = values.drop_null()
    if pa.types.is_timestamp(present.type):
        return np.asarray(present.cast(pa.int64()).to_numpy(), np.float64) / 1e6
    if pa.types.is_boolean(present.type):
        present = present.cast(pa.int8())
    found = np.asarray(present.cast(pa.float64(), safe=False).to_numpy(), np.float64)
    return found[~np.isnan(found)]
