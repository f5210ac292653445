"""The places at which two distributions of numbers are compared: cut points, and the rows around each of them.

``m`` cut points make 2m + 1 cells, in order: everything below the first, the first itself, what lies between it and
the second, the second itself, …, everything above the last. A value that many rows share (a zero, a port) is a cut
point, so that its share is known exactly, and not smeared over a range.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Numbers:
    """How the numbers of a column lie about cut points.

    ``cuts`` (m,) rise; ``below`` and ``upto`` (m,) are the rows with a value under each, and with one at or under it.
    ``rows`` have a value, ``missing`` have none. ``rank_error`` is how many rows a count may be wrong by. ``short`` and
    ``over`` add up how far values lie under the first and over the last cut point. ``mean`` and ``spread`` (standard
    deviation) are exact.
    """

    cuts: Floats
    below: Floats
    upto: Floats
    rows: int
    missing: int
    mean: float
    spread: float
    short: float = 0.0
    over: float = 0.0
    rank_error: float = 0.0

    @property
    def missing_share(self) -> float:
        """The share of the rows that have no value, in [0, 1]."""
        return self.missing / max(self.rows + self.missing, 1)

    def cells(self) -> Floats:
        """The rows in each cell, shape (2m + 1,); they add up to ``rows``."""
        edges = np.empty(2 * len(self.cuts) + 2)
        edges[0], edges[-1] = 0, self.rows
        edges[1:-1:2], edges[2:-1:2] = self.below, self.upto
        return np.diff(edges)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "kind": "numeric",
            "cuts": self.cuts.tolist(),
            "below": self.below.tolist(),
            "upto": self.upto.tolist(),
            "rows": self.rows,
            "missing": self.missing,
            "mean": self.mean,
            "spread": self.spread,
            "rank_error": self.rank_error,
        }

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> "Numbers":
        """What ``to_dict`` gave; ``ValueError``, ``KeyError`` or ``TypeError`` where it is nothing of the kind."""
        cuts, below, upto = (np.array(facts[key], np.float64) for key in ("cuts", "below", "upto"))
        rows, missing = int(facts["rows"]), int(facts["missing"])
        numbers = cls(
            cuts,
            below,
            upto,
            rows,
            missing,
            float(facts["mean"]),
            float(facts["spread"]),
            rank_error=float(facts["rank_error"]),
        )
        if not (cuts.ndim == 1 and cuts.shape == below.shape == upto.shape and min(rows, missing) >= 0):
            raise ValueError("cut points and counts of different lengths")
        if (np.diff(cuts) <= 0).any() or (numbers.cells() < 0).any() or not np.isfinite(cuts).all():
            raise ValueError("cut points or counts that do not rise")
        return numbers


@dataclass
class NumberCounts:
    """Counts new values about cut points that are given; exact, and two of them add up.

    >>> counts = NumberCounts(np.array([0.0, 1.0]))
    >>> counts.add(np.array([0.0, 0.0, 0.5, 1.0, 3.0, np.nan]))
    >>> counts.numbers().cells().tolist(), counts.numbers().over, counts.missing
    ([0.0, 2.0, 1.0, 1.0, 1.0], 2.0, 1)
    """

    cuts: Floats
    rows: int = 0
    missing: int = 0
    short: float = 0.0
    over: float = 0.0
    _mean: float = 0.0
    _squares: float = 0.0

    def __post_init__(self) -> None:
        self._below = np.zeros(len(self.cuts))
        self._upto = np.zeros(len(self.cuts))

    def add(self, values: NDArray[Any]) -> None:
        """Take in a column, shape (n,); what is not finite counts as missing."""
        finite = finite_sorted(values)
        self.add_sorted(finite, missing=len(values) - len(finite))

    def add_sorted(self, values: Floats, *, missing: int = 0) -> None:
        """Take in finite numbers that are sorted already, and how many there were beside them that are missing."""
        self.missing += missing
        if not len(values):
            return
        self._join(len(values), *moments(values))
        if not len(self.cuts):
            return
        below, upto = (np.searchsorted(values, self.cuts, side) for side in ("left", "right"))
        self._below += below
        self._upto += upto
        if below[0]:
            self.short += float((self.cuts[0] - values[: below[0]]).sum())
        if upto[-1] < len(values):
            self.over += float((values[upto[-1] :] - self.cuts[-1]).sum())

    def merge(self, other: "NumberCounts") -> None:
        """Take in what was counted elsewhere about the same cut points."""
        if not np.array_equal(self.cuts, other.cuts):
            raise ValueError("counts about other cut points")
        self.missing += other.missing
        self.short += other.short
        self.over += other.over
        self._below += other._below
        self._upto += other._upto
        if other.rows:
            self._join(other.rows, other._mean, other._squares)

    def numbers(self) -> Numbers:
        """What was counted so far."""
        spread = float(np.sqrt(self._squares / self.rows)) if self.rows else 0.0
        return Numbers(
            self.cuts,
            self._below.copy(),
            self._upto.copy(),
            self.rows,
            self.missing,
            self._mean,
            spread,
            self.short,
            self.over,
        )

    def _join(self, rows: int, mean: float, squares: float) -> None:
        """Chan, Golub and LeVeque (1979): means and squared deviations of two parts."""
        total = self.rows + rows
        apart = mean - self._mean
        self._mean += apart * rows / total
        self._squares += squares + apart * apart * self.rows * rows / total
        self.rows = total


def finite_sorted(values: NDArray[Any]) -> Floats:
    """The finite values of a column, rising."""
    numbers = np.sort(np.asarray(values, dtype=np.float64))
    end = len(numbers)
    if end and not np.isfinite(numbers[-1]):
        end = int(np.searchsorted(numbers, np.inf))
    begin = int(np.searchsorted(numbers[:end], -np.inf, "right")) if end and numbers[0] == -np.inf else 0
    return numbers[begin:end]


def moments(values: Floats) -> tuple[float, float]:
    """The mean of some values, and the sum of the squares of their distances from it."""
    mean = float(values.mean())
    return mean, float(np.square(values - mean).sum())
