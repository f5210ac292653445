"""What a detector can trade: the ROC, precision-recall and calibration curves, thinned for drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.errors import DataError
from garrison.evaluation import formulas
from garrison.evaluation.scores import checked
from garrison.evaluation.shares import wilson

Floats = NDArray[np.float64]

MOST_POINTS = 500


@dataclass(frozen=True)
class RocCurve:
    """False-positive rate against recall as the threshold falls; arrays of equal length ``(k,)``, k ≤ 500.

    Starts at (0, 0), where the threshold is infinite, and ends at (1, 1). ``auc`` is that of the full curve.
    """

    false_positive_rate: Floats
    recall: Floats
    threshold: Floats
    auc: float


@dataclass(frozen=True)
class PrecisionRecallCurve:
    """Recall against precision as the threshold falls; arrays of equal length ``(k,)``, k ≤ 500.

    ``average_precision`` is that of the full curve; ``prevalence`` is the precision of flagging every row.
    """

    recall: Floats
    precision: Floats
    threshold: Floats
    average_precision: float
    prevalence: float


@dataclass(frozen=True)
class CalibrationCurve:
    """Mean score against the share of positives, one value for each slice of [0, 1] that holds rows.

    ``low`` and ``high`` are the 95 % Wilson interval of the share. ``ece`` is the expected calibration error
    over these slices.
    """

    score: Floats
    share: Floats
    low: Floats
    high: Floats
    rows: NDArray[np.int64]
    ece: float


def roc(y: ArrayLike, p: ArrayLike, *, marks: Sequence[float] = (0.0001, 0.001, 0.01, 0.05, 0.1)) -> RocCurve:
    """The receiver operating characteristic.

    Thinning never drops the point of highest recall at each false-positive rate of ``marks``, so what is read off
    there is what ``recall_at_fpr`` says.

    >>> curve = roc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> curve.recall.tolist()
    [0.0, 0.5, 0.5, 1.0, 1.0]
    """
    labels, scores = checked(y, p)
    levels, true, false = formulas.ladder(labels, scores, np.ones((1, labels.size)))
    rate = np.r_[0.0, false[0] / false[0, -1]]
    recall = np.r_[0.0, true[0] / true[0, -1]]
    decades = np.log10(np.maximum(rate, 1 / (2 * false[0, -1])))
    marked = np.searchsorted(rate, np.asarray(marks), "right") - 1
    keep = _spread(rate, recall, decades, marked=marked)
    auc = formulas.auc(labels, scores, np.ones((1, labels.size)), 0.5)[0]
    return RocCurve(rate[keep], recall[keep], np.r_[np.inf, levels][keep], float(auc))


def precision_recall(y: ArrayLike, p: ArrayLike) -> PrecisionRecallCurve:
    """The precision-recall curve, one point a distinct score.

    >>> precision_recall([0, 1, 1], [0.2, 0.4, 0.8]).precision.round(2).tolist()
    [1.0, 1.0, 0.67]
    """
    labels, scores = checked(y, p)
    levels, true, false = formulas.ladder(labels, scores, np.ones((1, labels.size)))
    recall = true[0] / true[0, -1]
    precision = true[0] / (true[0] + false[0])
    keep = _spread(recall, precision)
    average = formulas.average_precision(labels, scores, np.ones((1, labels.size)), 0.5)[0]
    return PrecisionRecallCurve(
        recall[keep], precision[keep], levels[keep], float(average), float(labels.mean())
    )


def calibration(y: ArrayLike, p: ArrayLike, bins: int = formulas.CALIBRATION_BINS) -> CalibrationCurve:
    """How far scores can be read as probabilities, over equal slices of the score.

    >>> calibration([0, 0, 1, 1], [0.1, 0.1, 0.8, 0.8], bins=10).share.tolist()
    [0.0, 1.0]
    """
    if bins < 2:
        raise DataError(f"{bins} slices", expected="at least two slices")
    labels, scores = checked(y, p)
    place = formulas.calibration_bin(scores, bins)
    rows = np.bincount(place, minlength=bins)
    full = rows > 0
    rows = rows[full]
    score = np.bincount(place, weights=scores, minlength=bins)[full] / rows
    share = np.bincount(place, weights=labels, minlength=bins)[full] / rows
    low, high = wilson(share, rows)
    ece = float((np.abs(score - share) * rows).sum() / rows.sum())
    return CalibrationCurve(score, share, low, high, rows, ece)


def _spread(*axes: Floats, marked: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """At most ``MOST_POINTS`` indices, evenly along the length of the curve; both ends and ``marked`` are kept."""
    wanted = np.empty(0, dtype=np.int64) if marked is None else marked
    size = axes[0].size
    if size <= MOST_POINTS:
        return np.arange(size)
    length = np.zeros(size)
    for axis in axes:
        steps = np.abs(np.diff(axis))
        length[1:] += np.cumsum(steps) / max(float(steps.sum()), 1e-12)
    places = np.linspace(0.0, length[-1], MOST_POINTS - 1 - wanted.size)
    return np.unique(np.r_[np.searchsorted(length, places).clip(max=size - 1), wanted, size - 1])
