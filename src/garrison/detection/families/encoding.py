"""Columns as a model that measures distances wants them: few-valued ones as one-hot levels, others standardised."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from garrison.detection.families.arrays import Arrays
from garrison.detection.families.base import Floats

EXPECTED = {
    "columns": ("<i8", 1),
    "levels": ("<f8", 1),
    "measured": ("<i8", 1),
    "means": ("<f8", 1),
    "scales": ("<f8", 1),
    "features": ("<i8", 0),
}


@dataclass(frozen=True)
class Encoding:
    """One output for each pair of ``columns`` and ``levels`` (1 where they are equal), then the ``measured`` columns.

    A measured column has its mean taken off and is divided by its scale. A level that training never saw is zero in
    every output of its column.
    """

    features: int
    columns: NDArray[np.int64]
    levels: Floats
    measured: NDArray[np.int64]
    means: Floats
    scales: Floats

    @classmethod
    def of(cls, X: Floats, *, most_levels: int) -> Self:
        """The encoding of these rows: columns with up to ``most_levels`` distinct values become one-hot.

        >>> X = np.array([[0, 1.5], [1, 2.5], [0, 3.5]])
        >>> Encoding.of(X, most_levels=2).apply(X).round(2)
        array([[ 1.  ,  0.  , -1.22],
               [ 0.  ,  1.  ,  0.  ],
               [ 1.  ,  0.  ,  1.22]])
        """
        distinct = [np.unique(column) for column in X.T]
        few = [j for j, values in enumerate(distinct) if len(values) <= most_levels]
        many = [j for j, values in enumerate(distinct) if len(values) > most_levels]
        measured = np.array(many, dtype=np.int64)
        scales = X[:, measured].std(axis=0)
        return cls(
            features=X.shape[1],
            columns=np.repeat(np.array(few, dtype=np.int64), [len(distinct[j]) for j in few]),
            levels=np.concatenate([distinct[j] for j in few]) if few else np.empty(0),
            measured=measured,
            means=X[:, measured].mean(axis=0),
            scales=np.where(scales > 0, scales, 1.0),
        )

    def apply(self, X: Floats) -> Floats:
        """The encoded rows, float64 ``(n, outputs)``."""
        one_hot: Floats = (X[:, self.columns] == self.levels).astype(np.float64)
        if not len(self.measured):
            return one_hot
        measured: Floats = (X[:, self.measured] - self.means) / self.scales
        return np.hstack([one_hot, measured])

    def arrays(self) -> Arrays:
        """The encoding as arrays, of the kinds in ``EXPECTED``."""
        return {name: np.asarray(getattr(self, name)) for name in EXPECTED}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """The encoding that ``arrays`` gave; ``ValueError`` when its parts do not fit each other."""
        found: dict[str, Any] = {**arrays, "features": int(arrays["features"])}
        encoding = cls(**found)
        places = np.concatenate([encoding.columns, encoding.measured])
        fits = len(encoding.columns) == len(encoding.levels)
        fits &= len(encoding.measured) == len(encoding.means) == len(encoding.scales)
        if not fits or (len(places) and (places.min() < 0 or places.max() >= encoding.features)):
            raise ValueError("the parts of the encoding do not fit each other")
        return encoding
