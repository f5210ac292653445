"""Where to set the threshold: at a stated false-positive rate, or where a metric is best.

A threshold lies halfway between the lowest score it flags and the highest score it does not, so that a
rounding error in a score does not turn a verdict. Choose it on validation or out-of-fold scores, never on
the test part.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.errors import DataError, SettingsError
from garrison.evaluation import metrics
from garrison.evaluation.formulas import Counted, RecallAtFpr, ladder
from garrison.evaluation.metrics import Metric
from garrison.evaluation.scores import checked


def threshold_at_fpr(y: ArrayLike, p: ArrayLike, fpr: float) -> float:
    """The threshold with the highest recall among those whose false-positive rate is at most ``fpr``.

    Among equal recalls, the one with fewest false positives. When even the highest score has too many false
    positives, the threshold lies just above it and flags nothing seen.

    >>> threshold_at_fpr([0, 0, 0, 1, 1], [0.1, 0.2, 0.5, 0.7, 0.9], fpr=0.0)
    0.6
    """
    if not 0 <= fpr < 1:
        raise DataError(f"a false-positive rate of {fpr:g}", expected="a rate from 0 up to, not including, 1")
    labels, scores = checked(y, p)
    levels, true, false = ladder(labels, scores, np.ones((1, labels.size)))
    allowed = false[0] / false[0, -1] <= fpr
    if not (true[0, allowed] > 0).any():
        return float(np.nextafter(levels[0], np.inf))
    return _below(levels, int(np.argmax(np.where(allowed, true[0], -1.0))))


def threshold_for(y: ArrayLike, p: ArrayLike, metric: Metric | str) -> float:
    """The threshold at which a metric is best: accuracy, precision, recall, f1 or ``recall@fpr=RATE``.

    Among thresholds with the same value, the one with the largest recall less false-positive rate (Youden's
    J). Raises ``SettingsError`` for a metric that has no threshold, such as auc.

    >>> threshold_for([0, 0, 1, 1], [0.1, 0.4, 0.6, 0.8], "f1")
    0.5
    """
    chosen = metrics.metric(metric)
    if isinstance(chosen.formula, RecallAtFpr):
        return threshold_at_fpr(y, p, chosen.formula.fpr)
    if not isinstance(chosen.formula, Counted):
        raise SettingsError(
            f"{chosen.name} does not depend on a threshold",
            expected="accuracy, precision, recall, f1 or recall@fpr=0.01",
            remedy="choose the threshold by one of those",
        )
    labels, scores = checked(y, p)
    levels, true, false = ladder(labels, scores, np.ones((1, labels.size)))
    positives, negatives = true[0, -1], false[0, -1]
    values = chosen.formula.of_counts(true[0], false[0], positives - true[0], negatives - false[0])
    best = values.max() if chosen.greater_is_better else values.min()
    youden = true[0] / positives - false[0] / negatives
    return _below(levels, int(np.argmax(np.where(values == best, youden, -np.inf))))


def _below(levels: NDArray[np.float64], place: int) -> float:
    """Halfway from a score down to the next lower one; the last score has zero below it."""
    high = float(levels[place])
    low = float(levels[place + 1]) if place + 1 < levels.size else 0.0
    middle = (high + low) / 2
    return middle if low < middle <= high else high
