"""A column of numbers in bounded memory, and the cut points that are kept of it."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.monitoring.cells import Floats, Numbers, finite_sorted, moments
from garrison.monitoring.sketches import QuantileSketch

CUTS = 256
"""Parts of equally many rows into which cut points divide a column; a distance is exact to the rows of one part."""


@dataclass
class NumberSketch:
    """Quantiles, mean, spread, extremes and missing values of a column; two of them add up.

    >>> sketch = NumberSketch()
    >>> sketch.add(np.array([1.0, 1.0, 2.0, np.nan]))
    >>> numbers = sketch.numbers()
    >>> numbers.cuts.tolist(), numbers.upto.tolist(), numbers.rows, numbers.missing
    ([1.0, 2.0], [2.0, 3.0], 3, 1)
    """

    missing: int = 0
    least: float = math.inf
    most: float = -math.inf
    _sketch: QuantileSketch = field(default_factory=QuantileSketch)
    _mean: float = 0.0
    _squares: float = 0.0

    def add(self, values: NDArray[Any]) -> None:
        """Take in a column, shape (n,); what is not finite counts as missing."""
        finite = finite_sorted(values)
        self.add_sorted(finite, missing=len(values) - len(finite))

    def add_sorted(self, values: Floats, *, missing: int = 0) -> None:
        """Take in finite numbers that are sorted already, and how many there were beside them that are missing."""
        self.missing += missing
        if not len(values):
            return
        self.least, self.most = min(self.least, float(values[0])), max(self.most, float(values[-1]))
        self._join(len(values), *moments(values))
        self._sketch.add_sorted(values)

    def merge(self, other: "NumberSketch") -> None:
        """Take in what another sketch has seen."""
        self.missing += other.missing
        self.least, self.most = min(self.least, other.least), max(self.most, other.most)
        if other._sketch.count:
            self._join(other._sketch.count, other._mean, other._squares)
            self._sketch.merge(other._sketch)

    def numbers(self, parts: int = CUTS) -> Numbers:
        """The column at ``parts`` + 1 cut points at most: its extremes, and what divides it into equal parts.

        A value that at least one in ``parts`` rows have is always among them; of fewer distinct values all are.
        """
        rows = self._sketch.count
        if not rows:
            nothing = np.empty(0)
            return Numbers(nothing, nothing, nothing, np.zeros(1), 0, self.missing, 0.0, 0.0)
        values, weights = self._with_extremes()
        upto = np.cumsum(weights)
        places = np.arange(len(values))
        if len(values) > parts + 1:
            places = np.unique(np.searchsorted(upto, np.arange(1, parts) * rows / parts))
            places = np.union1d(places, [0, len(values) - 1])
        totals = np.concatenate([[0.0], np.cumsum(values * weights)])
        starts, ends = np.concatenate([[0], places + 1]), np.concatenate([places, [len(values)]])
        return Numbers(
            values[places],
            (upto - weights)[places],
            upto[places],
            totals[ends] - totals[starts],
            rows,
            self.missing,
            self._mean,
            math.sqrt(self._squares / rows),
            rank_error=self._sketch.rank_error,
        )

    def _with_extremes(self) -> tuple[Floats, Floats]:
        """The values of the sketch and their rows; the extremes, where it lost them, stand for one row."""
        values, rows = self._sketch.weighted()
        weights: Floats = rows.astype(np.float64)
        for at, edge in ((0, self.least), (-1, self.most)):
            if values[at] != edge:
                weights[at] -= 1
                end = 0 if at == 0 else len(values)
                values, weights = np.insert(values, end, edge), np.insert(weights, end, 1.0)
        return values, weights

    def _join(self, rows: int, mean: float, squares: float) -> None:
        before = self._sketch.count
        apart = mean - self._mean
        self._mean += apart * rows / (before + rows)
        self._squares += squares + apart * apart * before * rows / (before + rows)
