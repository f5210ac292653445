"""Attributes of events as secrets: which columns, which candidate values, and what is known besides."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from garrison.attacks.privacy.attribute_inference import Secret
from garrison.attacks.privacy.interface import Floats, Ints
from garrison.data.schema import Schema
from garrison.errors import UsageError
from garrison.features import Processor

MOST_VALUES = 10
"""Candidate values of a column: rarer ones of a text are left out, and numbers are put into five bins."""
BINS = 5
COMMONEST = 0.9
"""A column of which more rows have one value hides nothing."""
ALONE = 0.5
"""A text of which more rows have a value of their own has no candidates."""


@dataclass(frozen=True)
class Candidates:
    """The values that a column may have, and the edges between those of a number in bins (none: exact values)."""

    column: str
    values: tuple[Any, ...]
    edges: tuple[float, ...] = ()

    @classmethod
    def of(cls, column: str, table: pa.Table) -> "Candidates":
        """Those of the rows of ``table``; fewer than two where the column tells nothing apart."""
        there = table.column(column).drop_null()
        counted = pc.value_counts(there).to_pylist() if len(there) else []
        ranked = sorted(counted, key=lambda each: (-each["counts"], str(each["values"])))
        number = pa.types.is_integer(there.type) or pa.types.is_floating(there.type)
        if not number or len(ranked) <= MOST_VALUES:
            return cls(column, tuple(each["values"] for each in ranked[:MOST_VALUES]))
        sorted_values = np.sort(there.to_numpy())
        cuts = np.unique(np.quantile(sorted_values, np.linspace(0, 1, BINS + 1)[1:-1], method="nearest"))
        place = np.searchsorted(cuts, sorted_values, side="left")
        middles = [sorted_values[place == each] for each in range(len(cuts) + 1)]
        values = tuple(part[len(part) // 2].item() for part in middles if len(part))
        return cls(column, values, tuple(map(float, cuts[: len(values) - 1])))

    def truth(self, table: pa.Table) -> Ints:
        """Which candidate each row has, int64 ``(n,)``; -1 where it has none of them."""
        column = table.column(self.column)
        if self.edges:
            numbers = column.cast(pa.float64()).to_numpy()
            found = np.searchsorted(np.array(self.edges), numbers, side="left").astype(np.int64)
            return np.where(np.isnan(numbers), -1, found)
        places = pc.index_in(column, value_set=pa.array(self.values, column.type), skip_nulls=True)
        return np.asarray(pc.fill_null(places, -1).to_numpy().astype(np.int64))

    def words(self) -> tuple[str, ...]:
        """The candidates as a person reads them."""
        if not self.edges:
            return tuple(map(str, self.values))
        ends = [f"<= {edge:g}" for edge in self.edges]
        return (*ends, f"> {self.edges[-1]:g}")

    def holding(self, table: pa.Table, place: int) -> pa.Table:
        """The rows, every one with that candidate."""
        at = table.column_names.index(self.column)
        field = table.schema.field(at)
        return table.set_column(
            at, field, pa.repeat(pa.scalar(self.values[place], field.type), table.num_rows)
        )


def candidates_of(
    table: pa.Table, schema: Schema, named: tuple[str, ...], *, most: int = 3
) -> list[Candidates]:
    """The columns that are attacked: those named, else the first ``most`` texts and then numbers of fewest values.

    Raises ``UsageError`` for a column that is no feature, or of which all rows have one value.
    """
    for name in named:
        if name not in schema.feature_names:
            raise UsageError(
                f"there is no feature {name!r}",
                where="--attribute",
                expected="one of " + ", ".join(schema.feature_names),
            )
    found = []
    for name in named or schema.feature_names:
        each = Candidates.of(name, table)
        if named and len(each.values) < 2:
            raise UsageError(
                f"every row has one value of {name!r}", where="--attribute", expected="a column that differs"
            )
        if named or _hides(each, table):
            found.append(each)
    if named:
        return found
    text = {column.name for column in schema.features if column.type == "string"}
    return sorted(found, key=lambda each: (each.column not in text, bool(each.edges), len(each.values)))[
        :most
    ]


def secret_of(
    candidates: Candidates, processor: Processor, table: pa.Table, y: Ints, known: pa.Table, known_y: Ints
) -> Secret:
    """The secret in the rows of ``table``, each of which has a candidate; the attacker has those of ``known``."""
    truth, known_truth = candidates.truth(table), candidates.truth(known)
    usable = known_truth >= 0
    rest = _rest(candidates, processor)
    return Secret(
        name=candidates.column,
        values=candidates.words(),
        truth=truth,
        y=y,
        holding=lambda place: candidates.holding(table, place),
        rest=rest(table, y),
        known_rest=rest(known.filter(pa.array(usable)), known_y[usable]),
        known_truth=known_truth[usable],
    )


def _rest(candidates: Candidates, processor: Processor) -> Callable[[pa.Table, Ints], Floats]:
    """All that is known of a row but the secret: its numbers with one value in place of the secret, and its label."""

    def rest(table: pa.Table, y: Ints) -> Floats:
        return np.column_stack([processor.transform(candidates.holding(table, 0)), y])

    return rest


def _hides(candidates: Candidates, table: pa.Table) -> bool:
    """Whether it is worth guessing: several values, none of which nearly all rows have, and not one a row."""
    truth = candidates.truth(table)
    counts = np.bincount(truth[truth >= 0], minlength=1)
    whole = table.num_rows
    return len(candidates.values) > 1 and counts.max() < COMMONEST * whole and counts.sum() > ALONE * whole
