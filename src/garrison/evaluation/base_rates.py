"""How many alarms would be true where attacks are rarer than in the data at hand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.errors import DataError
from garrison.evaluation.metrics import confusion, recall_at_fpr
from garrison.evaluation.shares import wilson

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BaseRateLine:
    """The precision of one operating point at each prevalence, ``(k,)``, with the range it may lie in.

    ``fpr`` is None for the detector's own threshold, else the rate of false positives at which it was taken.
    """

    fpr: float | None
    recall: float
    false_positive_rate: float
    precision: Floats
    low: Floats
    high: Floats

    def precision_at(self, prevalence: float) -> float:
        """The precision where a share ``prevalence`` of all rows is positive."""
        return float(_precision(np.array([prevalence]), self.recall, self.false_positive_rate)[0])


@dataclass(frozen=True)
class BaseRateCurve:
    """Precision against prevalence ``(k,)``, both in [0, 1], one line an operating point, the detector's own first."""

    prevalence: Floats
    lines: tuple[BaseRateLine, ...]


def base_rate(
    y: ArrayLike,
    p: ArrayLike,
    *,
    threshold: float,
    rates: Sequence[float] = (0.01, 0.001),
    prevalence: ArrayLike | None = None,
) -> BaseRateCurve:
    """The precision to expect over a range of prevalences (Axelsson, CCS 1999), by default from 1e-5 to one half.

    Recall and false-positive rate are taken as measured; the range is that of Wilson's 95 % intervals of both, each at
    its worse and at its better end, so few benign rows show as a wide one: a detector that raised no false alarm in
    1,000 rows may still raise 4 in 1,000. At a rate of ``rates`` the recall is what that rate allows, and the rate
    counts as spent in full. Raises as ``scores.checked`` does, ``DataError`` for a rate or prevalence out of range.

    >>> y, p = np.arange(1000) < 500, np.where(np.arange(1000) % 100 < 90, np.arange(1000) < 500, 0.5)
    >>> curve = base_rate(y, p, threshold=0.4, prevalence=[0.01, 0.5])
    >>> curve.lines[0].precision.round(3).tolist()
    [0.092, 0.909]
    """
    wanted = np.geomspace(1e-5, 0.5, 120) if prevalence is None else np.asarray(prevalence, dtype=np.float64)
    if wanted.ndim != 1 or not ((wanted > 0) & (wanted < 1)).all():
        raise DataError("a prevalence out of range", where="base rate", expected="shares between 0 and 1")
    counts = confusion(y, p, threshold=threshold)
    positives = counts.true_positives + counts.false_negatives
    benign = counts.false_positives + counts.true_negatives
    points: list[tuple[float | None, float, float]] = [(None, counts.recall, counts.false_positive_rate)]
    points += [(rate, recall_at_fpr(y, p, rate), rate) for rate in rates]
    lines = []
    for fpr, recall, alarms in points:
        recall_low, recall_high = wilson(recall, positives)
        alarms_low, alarms_high = wilson(alarms, benign)
        lines.append(
            BaseRateLine(
                fpr=fpr,
                recall=recall,
                false_positive_rate=alarms,
                precision=_precision(wanted, recall, alarms),
                low=_precision(wanted, float(recall_low), float(alarms_high)),
                high=_precision(wanted, float(recall_high), float(alarms_low)),
            )
        )
    return BaseRateCurve(wanted, tuple(lines))


def _precision(prevalence: Floats, recall: float, alarms: float) -> Floats:
    caught = recall * prevalence
    flagged = caught + alarms * (1 - prevalence)
    precision: Floats = np.divide(caught, flagged, out=np.zeros_like(caught), where=flagged > 0)
    return precision
