"""What a score is worth: how often rows of that score were malicious, on rows held out of training."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.errors import DataError

KNOTS = 200
"""Points that are kept of the curve at most."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """A rising curve from scores to shares of malicious rows, in straight lines between its points.

    Fitted by isotonic regression (Zadrozny and Elkan, KDD 2002): over the rows it was fitted to, the probabilities add
    up to the malicious ones. ``rows`` are how many rows each point's share was taken of; points that are the ends of
    one level have the same rows.

    >>> scores, y = np.repeat([0.2, 0.8], 500), np.repeat([False, True], 500)
    >>> Calibration.fit(scores, y).probabilities(np.array([0.1, 0.5, 0.9])).round(3).tolist()
    [0.0, 0.5, 1.0]
    """

    scores: Floats
    rates: Floats
    rows: Floats

    @classmethod
    def fit(cls, scores: Floats, y: NDArray[np.bool_]) -> "Calibration":
        """The curve of held-out scores, (n,) in [0, 1], and their truth; ``DataError`` where a class is absent."""
        from sklearn.isotonic import IsotonicRegression

        if y.all() or not y.any():
            raise DataError(
                "scores cannot be calibrated: all rows are of one class",
                where="reference",
                expected="malicious and benign rows",
            )
        fitted = IsotonicRegression(y_min=0.0, y_max=1.0).fit(scores, y)
        x, rates = fitted.X_thresholds_, fitted.y_thresholds_
        levels, counts = np.unique(fitted.predict(scores), return_counts=True)
        rows = counts[np.minimum(np.searchsorted(levels, rates), len(levels) - 1)]
        kept = np.unique(np.linspace(0, len(x) - 1, min(len(x), KNOTS)).round().astype(int))
        return cls(*(each[kept].astype(np.float64) for each in (x, rates, rows)))

    def probabilities(self, scores: Floats) -> Floats:
        """How likely rows of these scores are malicious, shape (n,), in [0, 1]."""
        return np.interp(scores, self.scores, self.rates)

    def over_points(self, scores: Floats, weight: Floats) -> Floats:
        """How much of the weight, shape (n,), of rows of these scores lies on each of the points, shape (k,)."""
        last = len(self.scores) - 1
        left = np.clip(np.searchsorted(self.scores, scores, "right") - 1, 0, max(last - 1, 0))
        right = np.minimum(left + 1, last)
        width = self.scores[right] - self.scores[left]
        share = np.clip((scores - self.scores[left]) / np.where(width > 0, width, 1.0), 0.0, 1.0)
        size = last + 1
        at_left = np.bincount(left, weights=weight * (1 - share), minlength=size)
        at_right = np.bincount(right, weights=weight * share, minlength=size)
        return np.asarray(at_left + at_right, dtype=np.float64)

    def variance(self, slopes: Floats) -> float:
        """The variance of a sum of the points' shares, each times its slope, shape (k,): they are of some rows only.

        The share of a level has the variance of a Beta distribution with Jeffreys' prior; levels are independent.
        """
        level = np.concatenate([[0], np.cumsum(np.diff(self.rates) != 0)])
        first = np.flatnonzero(np.concatenate([[True], np.diff(level) > 0]))
        rates, rows = self.rates[first], self.rows[first]
        spread = (rates * rows + 0.5) * ((1 - rates) * rows + 0.5) / ((rows + 1) ** 2 * (rows + 2))
        return float((np.bincount(level, weights=slopes) ** 2 * spread).sum())

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"scores": self.scores.tolist(), "rates": self.rates.tolist(), "rows": self.rows.tolist()}

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> "Calibration":
        """What ``to_dict`` gave."""
        scores, rates, rows = (np.array(facts[key], np.float64) for key in ("scores", "rates", "rows"))
        if not (scores.shape == rates.shape == rows.shape and scores.ndim == 1 and len(scores)):
            raise ValueError("a calibration of different lengths")
        if (np.diff(scores) < 0).any() or (np.diff(rates) < 0).any() or (rows < 0).any():
            raise ValueError("a calibration that does not rise")
        return cls(scores, rates, rows)
