"""How good a detector is while nobody has said yet which of its verdicts were right.

Confidence-based performance estimation (CBPE; NannyML, and Garg et al., "Leveraging unlabeled data to predict
out-of-distribution performance", ICLR 2022, for what it rests on): a row whose calibrated score is 0.8 counts as 0.8
of a malicious one and 0.2 of a benign one. That holds as long as a score means what it meant when it was calibrated:
drift of the columns is allowed for, a change of what is malicious is not seen.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
    """What a detector is expected to have done, from how likely each row is malicious.

    ``caught`` and ``missed`` are malicious rows expected among the ``flagged`` and the ``passed``.

    >>> counts = ExpectedCounts()
    >>> counts.add(np.array([0.9, 0.1]), np.array([0.8, 0.25]), np.array([True, False]), np.ones(2))
    >>> {name: round(each.value, 3) for name, each in counts.metrics().items()}["precision"]
    0.8
    """

    rows: int = 0
    flagged: float = 0.0
    passed: float = 0.0
    caught: float = 0.0
    missed: float = 0.0
    _caught_variance: float = 0.0
    _missed_variance: float = 0.0

    def __post_init__(self) -> None:
        self._by_score = ByScore()

    def add(self, scores: Floats, probabilities: Floats, flagged: NDArray[np.bool_], weight: Floats) -> None:
        """Take in rows, each array of shape (n,): how likely each is malicious, and how many rows it stands for."""
        self.rows += len(scores)
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

    def merge(self, other: "ExpectedCounts") -> None:
        """Take in what was counted elsewhere."""
        self.rows += other.rows
        self.flagged, self.passed = self.flagged + other.flagged, self.passed + other.passed
        self.caught, self.missed = self.caught + other.caught, self.missed + other.missed
        self._caught_variance += other._caught_variance
        self._missed_variance += other._missed_variance
        self._by_score.merge(other._by_score)

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
        """How much chance moves a metric: its slope by each of the two unknown counts, times their variance."""
        total = 0.0
        for place, variance in enumerate((self._caught_variance, self._missed_variance)):
            if variance <= 0:
                continue
            step = max(np.sqrt(variance), 1e-9) / 100
            ends = []
            for sign in (-1, 1):
                moved = [self.caught, self.missed]
                moved[place] += sign * step
                ends.append(METRICS[name](*self._counts(*moved)))
            total += ((ends[1] - ends[0]) / (2 * step)) ** 2 * variance
        return total
