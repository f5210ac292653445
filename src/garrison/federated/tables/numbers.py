"""Events to numbers, agreed on without pooling a row.

Two talks, of sums alone. First every party counts the categories of its text columns and sums up its other columns;
from the totals comes a ``TabularProcessor``, the one of the detection pipelines: which categories there are, and the
mean that stands in for a missing value (one fitted on pooled rows takes the median, or neighbours, which no sums give).
Then every party makes its numbers with it, presses them together (the sign of x times log(1 + |x|): bytes and durations
span nine orders), and sums those and their squares up; from the totals come the means and spreads by which all are
scaled. Those are the ones of the pooled rows, to rounding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.schema import Schema
from garrison.errors import DataError, ModelError
from garrison.features.tabular import MOST_CATEGORIES, TabularProcessor
from garrison.federated.tables.sums import TEXT, ColumnCounts, count_columns, moments_of, together

FORMAT = 1


@dataclass(frozen=True)
class TableNumbers:
    """A ``processor`` that every party has alike, and what its numbers are scaled by, shape (d,) each."""

    processor: TabularProcessor
    center: NDArray[np.float64]
    spread: NDArray[np.float64]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the d columns."""
        return self.processor.names

    def transform(self, table: pa.Table) -> NDArray[np.float32]:
        """The rows as float32 (n, d), about 0 and about 1 wide; ``SchemaError`` for other columns than agreed on."""
        return np.asarray((pressed(self.processor, table) - self.center) / self.spread, np.float32)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "format": FORMAT,
            "processor": self.processor.to_dict(),
            "center": self.center.tolist(),
            "spread": self.spread.tolist(),
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "TableNumbers":
        """From what ``to_dict`` wrote; ``ModelError`` when it is something else."""
        try:
            processor = TabularProcessor.from_dict(facts["processor"])
            center, spread = (np.array(facts[name], np.float64) for name in ("center", "spread"))
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"these numbers cannot be read: {type(error).__name__}") from error
        width = (len(processor.names),)
        if facts.get("format") != FORMAT or center.shape != width or spread.shape != width:
            raise ModelError(
                "these numbers do not fit together", expected=f"format {FORMAT}, {width[0]} columns"
            )
        if not (np.isfinite(center).all() and np.isfinite(spread).all() and (spread > 0).all()):
            raise ModelError("these numbers are not finite, or a spread is not above 0")
        return cls(processor, center, spread)


def agree_on_numbers(parties: Sequence[pa.Table], schema: Schema) -> TableNumbers:
    """What the parties, whose rows ``schema`` has validated, would agree on; each row is seen by its party only.

    ``DataError`` when a column that may lack values has none at any party.
    """
    counts = together([count_columns(table, schema) for table in parties])
    processor = _processor(counts, schema)
    moments = [moments_of(pressed(processor, table)) for table in parties]
    total = moments[0]
    for each in moments[1:]:
        total = total + each
    center, spread = total.center_and_spread()
    return TableNumbers(processor, center, spread)


def pressed(processor: TabularProcessor, table: pa.Table) -> NDArray[np.float64]:
    """The processor's numbers, each as its sign times log(1 + its size)."""
    X = processor.transform(table)
    return np.asarray(np.sign(X) * np.log1p(np.abs(X)))


def _processor(counts: ColumnCounts, schema: Schema) -> TabularProcessor:
    columns: list[dict[str, Any]] = []
    for column in schema.features:
        ranked = sorted(counts.categories.get(column.name, {}).items(), key=lambda pair: (-pair[1], pair[0]))
        count, total = counts.numbers.get(column.name, (0, 0.0))
        fill: float | str | None = None
        if column.impute == "constant" and column.type != TEXT:
            fill = 0.0
        elif column.impute not in ("refuse", "constant"):
            if not (ranked or count):
                raise DataError(f"column {column.name!r} has no value at any party", remedy="drop the column")
            fill = ranked[0][0] if column.type == TEXT else total / count
        columns.append(
            {
                "name": column.name,
                "type": column.type,
                "impute": "median" if column.impute == "knn" else column.impute,
                "fill": fill,
                "categories": sorted(name for name, _ in ranked[:MOST_CATEGORIES]),
            }
        )
    width = sum(len(each["categories"]) if each["type"] == TEXT else 1 for each in columns) + len(
        schema.combined
    )
    return TabularProcessor.from_dict(
        {
            "format": 1,
            "impute": "median",
            "scale": False,
            "neighbours": 5,
            "seed": 0,
            "columns": columns,
            "combined": [[each.name, each.how, each.left, each.right] for each in schema.combined],
            "others": [column.name for column in schema.kept() if column.role != "feature"],
            "center": [0.0] * width,
            "spread": [1.0] * width,
            "reference_scale": None,
            "reference_rows": None,
        }
    )
