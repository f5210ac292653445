"""What comes in now, counted about the cut points and categories of a reference; memory is that of the reference."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.errors import SchemaError
from garrison.monitoring.categories import Categories, CategoryCounts
from garrison.monitoring.cells import NumberCounts, Numbers
from garrison.monitoring.reference import Reference, Summary
from garrison.monitoring.side_by_side import side_by_side
from garrison.monitoring.watched import Values


@dataclass
class Current:
    """Counts the rows that are held against ``reference``; two of them add up.

    ``jobs`` threads count columns side by side; the counts are the same.

    >>> from garrison.monitoring.reference import ReferenceMaker
    >>> maker = ReferenceMaker()
    >>> maker.add({"bytes": np.arange(100.0)})
    >>> current = Current(maker.reference())
    >>> current.add({"bytes": np.arange(50.0)})
    >>> current.rows, current.columns()["bytes"].rows
    (50, 50)
    """

    reference: Reference
    jobs: int = 1
    rows: int = 0
    flagged: int = 0
    _counts: dict[str, NumberCounts | CategoryCounts] = field(default_factory=dict)
    _scores: NumberCounts | None = None

    def add(
        self,
        columns: Mapping[str, Values],
        scores: NDArray[np.float64] | None = None,
        *,
        rows: int | None = None,
    ) -> None:
        """Take in a batch: columns as ``ReferenceMaker.add`` takes them, and their scores, shape (n,).

        Columns that the reference does not know are passed over. ``SchemaError`` where a column of numbers comes as
        categories, or the other way round.
        """
        known = [name for name in columns if name in self.reference.columns]
        for name in known:
            self._counts.setdefault(name, _counter(self.reference.columns[name]))
        side_by_side(lambda name: self._add(name, columns[name]), known, jobs=self.jobs)
        self.rows += max((len(values) for values in columns.values()), default=0) if rows is None else rows
        if scores is not None and self.reference.scores is not None:
            if self._scores is None:
                self._scores = NumberCounts(self.reference.scores.numbers.cuts)
            self._scores.add(scores)
            self.flagged += int((scores >= self.reference.scores.threshold).sum())

    def merge(self, other: "Current") -> None:
        """Take in what was counted elsewhere against the same reference."""
        self.rows += other.rows
        self.flagged += other.flagged
        for name, counts in other._counts.items():
            mine = self._counts.setdefault(name, _counter(self.reference.columns[name]))
            mine.merge(counts)  # type: ignore[arg-type]  # both are of the kind that the reference says
        if other._scores is not None:
            if self._scores is None:
                self._scores = NumberCounts(other._scores.cuts)
            self._scores.merge(other._scores)

    def columns(self) -> dict[str, Summary]:
        """What was counted of each column that came, in the order of the reference."""
        return {
            name: counts.numbers() if isinstance(counts, NumberCounts) else counts.categories()
            for name in self.reference.columns
            if (counts := self._counts.get(name)) is not None
        }

    def scores(self) -> Numbers | None:
        """What was counted of the scores; None where none came."""
        return None if self._scores is None else self._scores.numbers()

    def _add(self, name: str, values: Values) -> None:
        counts: Any = self._counts[name]
        if isinstance(values, np.ndarray) != isinstance(counts, NumberCounts):
            raise SchemaError(
                f"the column {name!r} is of another kind than its reference",
                expected="numbers for a numeric column, an Arrow column for categories",
                remedy="hold the data against the reference of the same detector",
            )
        counts.add(values)


def _counter(summary: Summary) -> NumberCounts | CategoryCounts:
    if isinstance(summary, Categories):
        return CategoryCounts(tuple(summary.counts))
    return NumberCounts(summary.cuts)
