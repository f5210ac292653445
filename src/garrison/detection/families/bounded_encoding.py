"""Columns as a model of sums and products wants them: few inputs, none of them further than 1 from zero.

A column of few values becomes one input a value. A column of many becomes one input: the place of its value among the
training rows, from -1 (below all) to 1 (above all), read off a broken line through a few of their quantiles. Heavy
tails end where training ended, so that no row can leave the bounds.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from garrison.detection.families.arrays import Arrays
from garrison.detection.families.base import Floats

EXPECTED = {
    "features": ("<i8", 0),
    "columns": ("<i8", 1),
    "levels": ("<f8", 1),
    "measured": ("<i8", 1),
    "counts": ("<i8", 1),
    "knots": ("<f8", 1),
    "places": ("<f8", 1),
}


@dataclass(frozen=True)
class BoundedEncoding:
    """One input for each pair of ``columns`` and ``levels`` (1 where they are equal), then the ``measured`` columns.

    ``counts`` says how many of ``knots`` and of their ``places`` in [-1, 1] each measured column has. The most frequent
    value of a column of few has no input: it is where all its others are zero, and so is a value never seen.
    """

    features: int
    columns: NDArray[np.int64]
    levels: Floats
    measured: NDArray[np.int64]
    counts: NDArray[np.int64]
    knots: Floats
    places: Floats

    @classmethod
    def of(cls, X: Floats, *, most_levels: int, knots: int) -> Self:
        """The encoding of these rows: columns of more than ``most_levels`` distinct values have up to ``knots`` knots.

        >>> X = np.array([[0, 1.5], [1, 2.5], [0, 3.5], [0, 90.0]])
        >>> BoundedEncoding.of(X, most_levels=2, knots=5).apply(X)
        array([[ 0.  , -0.75],
               [ 1.  , -0.25],
               [ 0.  ,  0.25],
               [ 0.  ,  0.75]])
        """
        if isinstance(knots, bool) or not isinstance(knots, int) or knots < 2:
            raise ValueError(f"knots is {knots!r}, not a number from 2")
        pairs: list[tuple[int, float]] = []
        measured, lines = [], []
        for j, column in enumerate(X.T):
            values, occurs = np.unique(column, return_counts=True)
            if len(values) > most_levels:
                measured.append(j)
                lines.append(_line(values, occurs, knots))
            else:
                pairs += [(j, float(value)) for value in np.delete(values, int(occurs.argmax()))]
        if not pairs and not measured:
            raise ValueError("no feature has two different values")
        return cls(
            features=X.shape[1],
            columns=np.array([column for column, _ in pairs], dtype=np.int64),
            levels=np.array([level for _, level in pairs], dtype=np.float64),
            measured=np.array(measured, dtype=np.int64),
            counts=np.array([len(line[0]) for line in lines], dtype=np.int64),
            knots=np.concatenate([np.empty(0), *(line[0] for line in lines)]),
            places=np.concatenate([np.empty(0), *(line[1] for line in lines)]),
        )

    @property
    def inputs(self) -> int:
        """How many inputs a row becomes."""
        return len(self.columns) + len(self.measured)

    def lines(self) -> list[tuple[Floats, Floats]]:
        """The knots and places of each measured column."""
        ends = np.cumsum(self.counts)
        return [
            (self.knots[end - count : end], self.places[end - count : end])
            for end, count in zip(ends, self.counts, strict=True)
        ]

    def apply(self, X: Floats) -> Floats:
        """The inputs of the rows, float64 ``(n, inputs)``, each in [-1, 1]."""
        found = np.empty((len(X), self.inputs))
        found[:, : len(self.columns)] = X[:, self.columns] == self.levels
        for place, (column, line) in enumerate(
            zip(self.measured, self.lines(), strict=True), len(self.columns)
        ):
            found[:, place] = np.interp(X[:, column], *line)
        return found

    def rises(self, X: Floats) -> Floats:
        """How fast each measured input rises with its column, float64 ``(n, measured)``: 0 beyond its knots."""
        found = np.zeros((len(X), len(self.measured)))
        for place, (column, (knots, places)) in enumerate(zip(self.measured, self.lines(), strict=True)):
            rises = np.concatenate([[0.0], np.diff(places) / np.diff(knots), [0.0]])
            found[:, place] = rises[np.searchsorted(knots, X[:, column], side="right")]
        return found

    def only(self, chosen: NDArray[np.int64]) -> Self:
        """The encoding with these inputs alone, int ``(k,)`` in rising order."""
        levels = chosen[chosen < len(self.columns)]
        numbers = chosen[chosen >= len(self.columns)] - len(self.columns)
        lines = self.lines()
        return type(self)(
            features=self.features,
            columns=self.columns[levels],
            levels=self.levels[levels],
            measured=self.measured[numbers],
            counts=self.counts[numbers],
            knots=np.concatenate([np.empty(0), *(lines[j][0] for j in numbers)]),
            places=np.concatenate([np.empty(0), *(lines[j][1] for j in numbers)]),
        )

    def arrays(self) -> Arrays:
        """The encoding as arrays, of the kinds in ``EXPECTED``."""
        return {name: np.asarray(getattr(self, name)) for name in EXPECTED}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The encoding that ``arrays`` gave; ``ValueError`` when its parts do not fit each other."""
        encoding = cls(
            features=int(arrays["features"]),
            **{name: arrays[name] for name in EXPECTED if name != "features"},
        )
        sources = np.concatenate([encoding.columns, encoding.measured])
        fits = len(encoding.columns) == len(encoding.levels) and len(encoding.measured) == len(
            encoding.counts
        )
        fits &= bool((encoding.counts >= 2).all()) and len(encoding.knots) == len(encoding.places)
        fits &= int(encoding.counts.sum()) == len(encoding.knots) and len(sources) > 0
        if not fits or sources.min() < 0 or sources.max() >= encoding.features:
            raise ValueError("the parts of the encoding do not fit each other")
        numbers = np.concatenate([encoding.levels, encoding.knots, encoding.places])
        rising = all((np.diff(knots) > 0).all() for knots, _ in encoding.lines())
        if not np.isfinite(numbers).all() or not rising or np.abs(encoding.places).max(initial=0.0) > 1:
            raise ValueError("a line of the encoding leaves its bounds")
        return encoding


def _line(values: Floats, occurs: NDArray[np.int64], knots: int) -> tuple[Floats, Floats]:
    """Up to ``knots`` distinct values, evenly spread over the rows, and the place of each from -1 to 1."""
    upto = np.cumsum(occurs)
    places = (2.0 * upto - occurs) / upto[-1] - 1.0
    wanted = np.linspace(0, upto[-1] - 1, knots).round()
    chosen = np.unique(np.append(np.searchsorted(upto, wanted, side="right"), [0, len(values) - 1]))
    return values[chosen], places[chosen]
