"""How sure a model is of the truth: the one number of each record that membership attacks look at."""

import numpy as np

from garrison.attacks.privacy.interface import Floats, Ints
from garrison.errors import DataError

LEAST = 1e-6
"""Probabilities nearer to 0 or 1 than this count as this near: libraries that compute in single precision know no
better, and the log-odds of 0 are infinite."""


def log_odds_of_truth(probabilities: Floats, y: Ints) -> Floats:
    """The natural log-odds that the model gives each record's own class, shape ``(n,)``; more is surer.

    It is log p - log(1 - p) of the true class (Carlini et al. 2022), which over models trained on other
    records is nearly normal where p itself is not; and it orders records as their cross-entropy loss does.

    >>> log_odds_of_truth(np.array([[0.1, 0.9], [0.5, 0.5]]), np.array([1, 0])).round(3).tolist()
    [2.197, 0.0]
    """
    if probabilities.ndim != 2 or len(probabilities) != len(y) or not np.isfinite(probabilities).all():
        raise DataError(
            f"{len(y)} records came with probabilities of shape {probabilities.shape}, or some are not finite",
            expected=f"finite probabilities of shape ({len(y)}, classes)",
        )
    rows = np.arange(len(y))
    truth = probabilities[rows, y]
    rest = probabilities.sum(axis=1) - truth
    return np.asarray(np.log(np.clip(truth, LEAST, 1 - LEAST)) - np.log(np.clip(rest, LEAST, 1 - LEAST)))


def saturated(log_odds: Floats) -> float:
    """The share of records of which a model is as sure as can be told, in [0, 1]: there it shows no difference."""
    most = np.log(1 - LEAST) - np.log(LEAST)
    return float((np.abs(log_odds) >= most * (1 - 1e-9)).mean()) if len(log_odds) else 0.0
