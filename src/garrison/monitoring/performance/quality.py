"""Measures of quality from the four counts of a detector, and its area under the curve from counts by score."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SCORE_BINS = 2_000
"""Slices of [0, 1] by which the area under the curve is counted; scores of one slice count as equal."""

Formula = Callable[[float, float, float, float], float]


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan


METRICS: dict[str, Formula] = {
    "precision": lambda tp, fp, fn, tn: _share(tp, tp + fp),  # noqa: ARG005
    "recall": lambda tp, fp, fn, tn: _share(tp, tp + fn),  # noqa: ARG005
    "f1": lambda tp, fp, fn, tn: _share(2 * tp, 2 * tp + fp + fn),  # noqa: ARG005
    "accuracy": lambda tp, fp, fn, tn: _share(tp + tn, tp + fp + fn + tn),
    "false_positive_rate": lambda tp, fp, fn, tn: _share(fp, fp + tn),  # noqa: ARG005
}
"""Each from true and false positives, false and true negatives; NaN where it says nothing."""


@dataclass
class ByScore:
    """Rows of either class by slice of the score, and the area under the ROC curve that they make."""

    def __post_init__(self) -> None:
        self.positives = np.zeros(SCORE_BINS)
        self.negatives = np.zeros(SCORE_BINS)

    def add(self, scores: Floats, positive: Floats, negative: Floats) -> None:
        """Take in scores, shape (n,) in [0, 1], and how many rows of either class each stands for."""
        places = np.minimum((scores * SCORE_BINS).astype(np.int64), SCORE_BINS - 1)
        self.positives += np.bincount(places, weights=positive, minlength=SCORE_BINS)
        self.negatives += np.bincount(places, weights=negative, minlength=SCORE_BINS)

    def merge(self, other: "ByScore") -> None:
        """Take in what was counted elsewhere."""
        self.positives += other.positives
        self.negatives += other.negatives

    def auc(self) -> float:
        """The chance that a malicious row scores above a benign one, ties counted half; NaN without either class."""
        below = np.concatenate([[0.0], np.cumsum(self.negatives)[:-1]])
        above = float((self.positives * (below + self.negatives / 2)).sum())
        return _share(above, float(self.positives.sum() * self.negatives.sum()))


@dataclass
class TrueCounts:
    """What a detector did to rows whose truth is known; ``weight`` counts rows of a sample by what they stand for.

    >>> counts = TrueCounts()
    >>> flagged, y = np.array([True, True, False]), np.array([True, False, False])
    >>> counts.add(np.array([0.9, 0.8, 0.1]), flagged, y, np.ones(3))
    >>> counts.metrics()["precision"], counts.metrics()["auc"], counts.rows
    (0.5, 1.0, 3)
    """

    rows: int = 0
    tp: float = 0.0
    fp: float = 0.0
    fn: float = 0.0
    tn: float = 0.0

    def __post_init__(self) -> None:
        self._by_score = ByScore()

    def add(self, scores: Floats, flagged: NDArray[np.bool_], y: NDArray[np.bool_], weight: Floats) -> None:
        """Take in rows, each array of shape (n,)."""
        self.rows += len(scores)
        self.tp += float(weight[flagged & y].sum())
        self.fp += float(weight[flagged & ~y].sum())
        self.fn += float(weight[~flagged & y].sum())
        self.tn += float(weight[~flagged & ~y].sum())
        self._by_score.add(scores, weight * y, weight * ~y)

    def merge(self, other: "TrueCounts") -> None:
        """Take in what was counted elsewhere."""
        self.rows += other.rows
        self.tp, self.fp = self.tp + other.tp, self.fp + other.fp
        self.fn, self.tn = self.fn + other.fn, self.tn + other.tn
        self._by_score.merge(other._by_score)

    def metrics(self) -> dict[str, float]:
        """The value of each metric."""
        found = {name: formula(self.tp, self.fp, self.fn, self.tn) for name, formula in METRICS.items()}
        return {**found, "auc": self._by_score.auc()}
