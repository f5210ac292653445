"""How good a detector is while nobody has said yet which of its verdicts were right.

Confidence-based performance estimation (CBPE; NannyML, and Garg et al., "Leveraging unlabeled data to predict
out-of-distribution performance", ICLR 2022, for what it rests on): a row whose calibrated score is 0.8 counts as 0.8
of a malicious one and 0.2 of a benign one. That holds as long as a score means what it meant when it was calibrated:
drift of the columns is allowed for, a change of what is malicious is not seen.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from garrison.monitoring.calibration import Calibration
from garrison.monitoring.performance.quality import METRICS, ByScore

Floats = NDArray[np.float64]

NORMAL_95 = 1.959963984540054
"""Standard deviations on either side that hold 95 % of a normal distribution."""


@dataclass(frozen=True)
class Estimate:
    """An estimated value and, where it is known, the range that holds 95 % of what chance would make of it."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """The value and its range."""
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass
class ExpectedCounts:
    """What a detector is expected to have done, from how likely each row is malicious by ``calibration``.

    ``caught`` and ``missed`` are malicious rows expected among the ``flagged`` and the ``passed``.

    >>> calibration = Calibration(np.array([0.0, 1.0]), np.array([0.15, 0.872222]), np.array([1e9, 2e9]))
    >>> counts = ExpectedCounts(calibration)
    >>> counts.add(np.array([0.9, 0.1]), np.array([True, False]), np.ones(2))
    >>> {name: round(each.value, 3) for name, each in counts.metrics().items()}["precision"]
    0.8
    """

    calibration: Calibration
    rows: int = 0
    flagged: float = 0.0
    passed: float = 0.0
    caught: float = 0.0
    missed: float = 0.0
    _caught_variance: float = 0.0
    _missed_variance: float = 0.0

    def __post_init__(self) -> None:
        self._by_score = ByScore()
        points = len(self.calibration.scores)
        self._flagged_at, self._passed_at = np.zeros(points), np.zeros(points)

    def add(self, scores: Floats, flagged: NDArray[np.bool_], weight: Floats) -> None:
        """Take in rows, each array of shape (n,); ``weight`` is how many rows each stands for."""
        self.rows += len(scores)
        probabilities = self.calibration.probabilities(scores)
        likely = weight * probabilities
        # Of a row that is drawn with the chance 1/w: the variance of what it stands for, and of its unknown truth.
        variance = weight * likely - likely * probabilities
        self.flagged += float(weight[flagged].sum())
        self.passed += float(weight[~flagged].sum())
        self.caught += float(likely[flagged].sum())
        self.missed += float(likely[~flagged].sum())
        self._caught_variance += float(variance[flagged].sum())
        self._missed_variance += float(variance[~flagged].sum())
        self._by_score.add(scores, likely, weight - likely)
        self._flagged_at += self.calibration.over_points(scores[flagged], weight[flagged])
        self._passed_at += self.calibration.over_points(scores[~flagged], weight[~flagged])

    def merge(self, other: "ExpectedCounts") -> None:
        """Take in what was counted elsewhere by the same calibration."""
        self.rows += other.rows
        self.flagged, self.passed = self.flagged + other.flagged, self.passed + other.passed
        self.caught, self.missed = self.caught + other.caught, self.missed + other.missed
        self._caught_variance += other._caught_variance
        self._missed_variance += other._missed_variance
        self._by_score.merge(other._by_score)
        self._flagged_at += other._flagged_at
        self._passed_at += other._passed_at

    def metrics(self) -> dict[str, Estimate]:
        """The estimated value of each metric, with its range by the delta method; that of ``auc`` is not known."""
        found = {}
        for name, formula in METRICS.items():
            value = formula(*self._counts(self.caught, self.missed))
            spread = NORMAL_95 * float(np.sqrt(self._variance(name)))
            found[name] = Estimate(value, max(value - spread, 0.0), min(value + spread, 1.0))
        area = self._by_score.auc()
        return {**found, "auc": Estimate(area, float("nan"), float("nan"))}

    def _counts(self, caught: float, missed: float) -> tuple[float, float, float, float]:
        return caught, self.flagged - caught, missed, self.passed - missed

    def _variance(self, name: str) -> float:
        """How much chance moves a metric: by the rows' unknown truth, and by the rows it was calibrated with."""
        caught, missed = self._slope(name, 0), self._slope(name, 1)
        of_truth = caught**2 * self._caught_variance + missed**2 * self._missed_variance
        return of_truth + self.calibration.variance(caught * self._flagged_at + missed * self._passed_at)

    def _slope(self, name: str, place: int) -> float:
        """How fast a metric changes with one of the two expected counts."""
        step = max(self.flagged + self.passed, 1.0) * 1e-7
        ends = []
        for sign in (-1, 1):
            moved = [self.caught, self.missed]
            moved[place] += sign * step
            ends.append(METRICS[name](*self._counts(*moved)))
        slope = (ends[1] - ends[0]) / (2 * step)
        return slope if math.isfinite(slope) else 0.0
