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
    up to the malicious ones.

    >>> scores, y = np.repeat([0.2, 0.8], 500), np.repeat([False, True], 500)
    >>> Calibration.fit(scores, y).probabilities(np.array([0.1, 0.5, 0.9])).round(3).tolist()
    [0.0, 0.5, 1.0]
    """

    scores: Floats
    rates: Floats

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
        kept = np.unique(np.linspace(0, len(x) - 1, min(len(x), KNOTS)).round().astype(int))
        return cls(x[kept].astype(np.float64), rates[kept].astype(np.float64))

    def probabilities(self, scores: Floats) -> Floats:
        """How likely rows of these scores are malicious, shape (n,), in [0, 1]."""
        return np.interp(scores, self.scores, self.rates)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"scores": self.scores.tolist(), "rates": self.rates.tolist()}

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> "Calibration":
        """What ``to_dict`` gave."""
        scores, rates = (np.array(facts[key], np.float64) for key in ("scores", "rates"))
        if scores.shape != rates.shape or scores.ndim != 1 or not len(scores) or (np.diff(scores) < 0).any():
            raise ValueError("a calibration whose scores do not rise")
        return cls(scores, rates)
