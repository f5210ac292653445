"""k-nearest-neighbour imputation whose answer for a row does not depend on the rows beside it.

The rule is that of Troyanskaya et al., "Missing value estimation methods for DNA microarrays",
Bioinformatics 2001, as scikit-learn's ``KNNImputer`` reads it: the mean of the column over the k nearest
reference rows that have it, by the Euclidean distance over what both rows have, scaled up for what they
lack. Distances are summed row by row, and ties go to the earlier reference row, so that one row alone and
the same row in a batch agree to the last bit.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NearestRows:
    """Reference rows, shape (m, d) float64 with NaN where a value is missing, and the scale of each column,
    (d,)."""

    rows: Floats
    scale: Floats
    neighbours: int

    @classmethod
    def choose(cls, X: Floats, *, neighbours: int, most: int, seed: int) -> "NearestRows":
        """The distinct rows of ``X`` as reference, at most ``most`` of them, drawn by ``seed`` whatever
        their order."""
        distinct = np.unique(X, axis=0)
        if len(distinct) > most:
            chosen = np.random.default_rng(seed).choice(len(distinct), size=most, replace=False)
            distinct = distinct[np.sort(chosen)]
        scale = np.nanstd(X, axis=0)
        return cls(distinct, np.where(scale > 0, scale, 1.0), neighbours)

    def fill(self, X: Floats, fallback: Floats) -> Floats:
        """``X`` (n, d) with every NaN filled; ``fallback`` (d,) serves a value no reference row can give."""
        filled = X.copy()
        lacking = np.flatnonzero(np.isnan(X).any(axis=1))
        if not len(lacking):
            return filled
        reference = self.rows / self.scale
        rows, where = np.unique(X[lacking], axis=0, return_inverse=True)
        answers = np.stack([self._fill_one(row, reference, fallback) for row in rows])
        filled[lacking] = answers[where.reshape(-1)]
        return filled

    def _fill_one(self, row: Floats, reference: Floats, fallback: Floats) -> Floats:
        difference = reference - row / self.scale
        shared = ~np.isnan(difference)
        counts = shared.sum(axis=1)
        squares = np.where(shared, difference, 0.0) ** 2
        total = squares.sum(axis=1) / np.maximum(counts, 1)
        order = np.argsort(np.where(counts > 0, total, np.inf), kind="stable")
        order = order[counts[order] > 0]
        filled = row.copy()
        for column in np.flatnonzero(np.isnan(row)):
            donors = self.rows[order, column]
            donors = donors[~np.isnan(donors)][: self.neighbours]
            filled[column] = donors.mean() if len(donors) else fallback[column]
        return filled
