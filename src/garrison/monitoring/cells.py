"""The places at which two distributions of numbers are compared: cut points, and the rows around each of them.

``m`` cut points make 2m + 1 cells, in order: everything below the first, the first itself, what lies between it and
the second, the second itself, …, everything above the last. A value that many rows share (a zero, a port) is a cut
point, so that its share is known exactly, and not smeared over a range.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.monitoring.bins import grouped_cells

Floats = NDArray[np.float64]

LARGEST = 1e140
"""Numbers beyond this are cut to it, so that no sum of squares overflows."""


@dataclass(frozen=True)
class Numbers:
    """How the numbers of a column lie about cut points.

    ``cuts`` (m,) rise; ``below`` and ``upto`` (m,) are the rows with a value under each, and with one at or under it;
    ``sums`` (m + 1,) add up the values before the first, between two, and after the last. ``rows`` have a value,
    ``missing`` have none. ``rank_error`` is how many rows a count may be wrong by. ``mean`` and ``spread`` (standard
    deviation) are exact.
    """

    cuts: Floats
    below: Floats
    upto: Floats
    sums: Floats
    rows: int
    missing: int
    mean: float
    spread: float
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

    @cached_property
    def tenths(self) -> NDArray[np.int64]:
        """Where about ten parts with equally many rows begin among the cells; see ``grouped_cells``."""
        return grouped_cells(self.cells())

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "kind": "numeric",
            "cuts": self.cuts.tolist(),
            "below": self.below.tolist(),
            "upto": self.upto.tolist(),
            "sums": self.sums.tolist(),
            "rows": self.rows,
            "missing": self.missing,
            "mean": self.mean,
            "spread": self.spread,
            "rank_error": self.rank_error,
        }

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> "Numbers":
        """What ``to_dict`` gave; ``ValueError``, ``KeyError`` or ``TypeError`` where it is nothing of the kind."""
        cuts, below, upto, sums = (
            np.array(facts[key], np.float64) for key in ("cuts", "below", "upto", "sums")
        )
        rows, missing = int(facts["rows"]), int(facts["missing"])
        numbers = cls(
            cuts,
            below,
            upto,
            sums,
            rows,
            missing,
            float(facts["mean"]),
            float(facts["spread"]),
            rank_error=float(facts["rank_error"]),
        )
        if not (cuts.ndim == 1 and cuts.shape == below.shape == upto.shape and len(sums) == len(cuts) + 1):
            raise ValueError("cut points and counts of different lengths")
        if min(rows, missing) < 0:
            raise ValueError("a negative count")
        if (np.diff(cuts) <= 0).any() or (numbers.cells() < 0).any() or not np.isfinite(cuts).all():
            raise ValueError("cut points or counts that do not rise")
        return numbers


@dataclass
class NumberCounts:
    """Counts new values about cut points that are given; exact, and two of them add up.

    >>> counts = NumberCounts(np.array([0.0, 1.0]))
    >>> counts.add(np.array([0.0, 0.0, 0.5, 1.0, 3.0, np.nan]))
    >>> counts.numbers().cells().tolist(), counts.numbers().sums.tolist(), counts.missing
    ([0.0, 2.0, 1.0, 1.0, 1.0], [0.0, 0.5, 3.0], 1)
    """

    cuts: Floats
    rows: int = 0
    missing: int = 0
    _mean: float = 0.0
    _squares: float = 0.0

    def __post_init__(self) -> None:
        self._below = np.zeros(len(self.cuts))
        self._upto = np.zeros(len(self.cuts))
        self._sums = np.zeros(len(self.cuts) + 1)

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
        below, upto, sums = counted(values, self.cuts)
        self._below += below
        self._upto += upto
        self._sums += sums

    def merge(self, other: "NumberCounts") -> None:
        """Take in what was counted elsewhere about the same cut points."""
        if not np.array_equal(self.cuts, other.cuts):
            raise ValueError("counts about other cut points")
        self.missing += other.missing
        self._below += other._below
        self._upto += other._upto
        self._sums += other._sums
        if other.rows:
            self._join(other.rows, other._mean, other._squares)

    def numbers(self) -> Numbers:
        """What was counted so far."""
        spread = float(np.sqrt(self._squares / self.rows)) if self.rows else 0.0
        return Numbers(
            self.cuts,
            self._below.copy(),
            self._upto.copy(),
            self._sums.copy(),
            self.rows,
            self.missing,
            self._mean,
            spread,
        )

    def _join(self, rows: int, mean: float, squares: float) -> None:
        """Chan, Golub and LeVeque (1979): means and squared deviations of two parts."""
        total = self.rows + rows
        apart = mean - self._mean
        self._mean += apart * rows / total
        self._squares += squares + apart * apart * self.rows * rows / total
        self.rows = total


def counted(values: Floats, cuts: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Of rising values: how many lie below each cut point, how many at or below it, and the sums in between."""
    below, upto = np.searchsorted(values, cuts, "left"), np.searchsorted(values, cuts, "right")
    # What lies between two cut points, and then the cut point itself, in turn; where nothing does, the sum is 0.
    starts = np.zeros(2 * len(cuts) + 1, np.int64)
    starts[1::2], starts[2::2] = below, upto
    sums = np.zeros(len(starts))
    inside = int(np.searchsorted(starts, len(values)))
    sums[:inside] = np.add.reduceat(values, starts[:inside])
    sums[np.diff(starts, append=len(values)) == 0] = 0.0
    return below, upto, sums[::2]


def finite_sorted(values: NDArray[Any]) -> Floats:
    """The finite values of a column, rising; those beyond ``LARGEST`` are cut to it."""
    numbers = np.sort(np.asarray(values, dtype=np.float64))
    end = len(numbers)
    if end and not np.isfinite(numbers[-1]):
        end = int(np.searchsorted(numbers, np.inf))
    begin = int(np.searchsorted(numbers[:end], -np.inf, "right")) if end and numbers[0] == -np.inf else 0
    finite = numbers[begin:end]
    if len(finite) and max(-finite[0], finite[-1]) > LARGEST:
        finite = np.clip(finite, -LARGEST, LARGEST)
    return finite


def moments(values: Floats) -> tuple[float, float]:
    """The mean of some values, and the sum of the squares of their distances from it."""
    mean = float(values.mean())
    apart = values - mean
    # Not a product of BLAS: its threads would wait for each other, and for whoever else is at work.
    return mean, float(np.einsum("i,i->", apart, apart))
