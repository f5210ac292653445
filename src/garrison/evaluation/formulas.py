"""The formulas behind the metrics, each for many weightings of the same rows at once.

Every formula takes labels ``y`` bool ``(n,)``, scores ``p`` float64 ``(n,)``, weights ``w`` float64 ``(r,
n)`` and the threshold, and returns float64 ``(r,)``: one value a weighting. Weights of one give the ordinary
metric; the counts of a bootstrap sample give the metric of that sample, so one sort serves all of them. A
weighting without one of the classes gives NaN where the metric needs both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CALIBRATION_BINS = 15


class Formula(Protocol):
    """A metric of ``r`` weightings of the same ``n`` rows."""

    def __call__(self, y: Bools, p: Floats, w: Floats, threshold: float) -> Floats:
        """One value for each row of ``w``."""


def _divide(numerator: Floats, denominator: Floats, empty: float) -> Floats:
    quotient: Floats = np.full(np.shape(denominator), empty)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient


def ladder(y: Bools, p: Floats, w: Floats) -> tuple[Floats, Floats, Floats]:
    """The ``k`` distinct scores, highest first, and weighted true and false positives ``(r, k)`` at each."""
    order = np.argsort(-p, kind="stable")
    ranked = p[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    weights = w[:, order]
    positive = weights * y[order]
    true = np.cumsum(np.add.reduceat(positive, starts, axis=1), axis=1)
    false = np.cumsum(np.add.reduceat(weights - positive, starts, axis=1), axis=1)
    return ranked[starts], true, false


def accuracy(true: Floats, false: Floats, missed: Floats, passed: Floats) -> Floats:
    """The share of rows judged rightly."""
    return _divide(true + passed, true + false + missed + passed, np.nan)


def precision(true: Floats, false: Floats, missed: Floats, passed: Floats) -> Floats:  # noqa: ARG001
    """Of the rows flagged, the share that is positive; 0 when none is flagged."""
    return _divide(true, true + false, 0.0)


def recall(true: Floats, false: Floats, missed: Floats, passed: Floats) -> Floats:  # noqa: ARG001
    """Of the positive rows, the share that is flagged."""
    return _divide(true, true + missed, np.nan)


def f1(true: Floats, false: Floats, missed: Floats, passed: Floats) -> Floats:  # noqa: ARG001
    """The harmonic mean of precision and recall."""
    return _divide(2 * true, 2 * true + false + missed, np.nan)


@dataclass(frozen=True)
class Counted:
    """A formula of the weighted true positives, false positives, false negatives and true negatives alone."""

    of_counts: Callable[[Floats, Floats, Floats, Floats], Floats]

    def __call__(self, y: Bools, p: Floats, w: Floats, threshold: float) -> Floats:
        """The value when rows scoring at or above ``threshold`` are flagged."""
        flagged = p >= threshold
        cells = np.stack([y & flagged, ~y & flagged, y & ~flagged, ~y & ~flagged], axis=1)
        counts = w @ cells.astype(np.float64)
        return self.of_counts(counts[:, 0], counts[:, 1], counts[:, 2], counts[:, 3])


def auc(y: Bools, p: Floats, w: Floats, threshold: float) -> Floats:  # noqa: ARG001
    """The chance that a positive row scores above a negative one, ties counted half (Mann-Whitney)."""
    _, true, false = ladder(y, p, w)
    before = np.pad(true, ((0, 0), (1, 0)))[:, :-1]
    step = np.diff(false, axis=1, prepend=0.0)
    area = (step * (before + true)).sum(axis=1) / 2
    return _divide(area, true[:, -1] * false[:, -1], np.nan)


def average_precision(y: Bools, p: Floats, w: Floats, threshold: float) -> Floats:  # noqa: ARG001
    """Precision averaged over the steps of recall, without interpolation."""
    _, true, false = ladder(y, p, w)
    steps = np.diff(true, axis=1, prepend=0.0)
    area = (steps * _divide(true, true + false, 0.0)).sum(axis=1)
    return _divide(area, true[:, -1], np.nan)


@dataclass(frozen=True)
class RecallAtFpr:
    """The highest recall among the thresholds whose false-positive rate is at most ``fpr``."""

    fpr: float

    def __call__(self, y: Bools, p: Floats, w: Floats, threshold: float) -> Floats:  # noqa: ARG002
        """No interpolation between thresholds: the value is one that a threshold reaches."""
        _, true, false = ladder(y, p, w)
        positives, negatives = true[:, -1], false[:, -1]
        rates = _divide(false, np.broadcast_to(negatives[:, None], false.shape), np.nan)
        best = np.where(rates <= self.fpr, true, 0.0).max(axis=1)
        return np.where(negatives > 0, _divide(best, positives, np.nan), np.nan)


def brier(y: Bools, p: Floats, w: Floats, threshold: float) -> Floats:  # noqa: ARG001
    """The mean squared distance between score and outcome (Brier 1950)."""
    return _divide(w @ np.square(p - y), w.sum(axis=1), np.nan)


def log_loss(y: Bools, p: Floats, w: Floats, threshold: float) -> Floats:  # noqa: ARG001
    """The mean negative log-likelihood in nats; scores are kept one float64 epsilon away from 0 and 1."""
    epsilon = np.finfo(np.float64).eps
    likelihood = np.clip(np.where(y, p, 1 - p), epsilon, 1 - epsilon)
    return _divide(w @ -np.log(likelihood), w.sum(axis=1), np.nan)


def calibration_bin(p: Floats, bins: int) -> NDArray[np.int64]:
    """Which of ``bins`` equal slices of [0, 1] holds each score; one on an edge goes to the upper slice."""
    return np.minimum((p * bins).astype(np.int64), bins - 1)


def ece(y: Bools, p: Floats, w: Floats, threshold: float) -> Floats:  # noqa: ARG001
    """The expected calibration error over 15 equal slices of the score (Guo et al., ICML 2017).

    For each slice, the distance between mean score and share of positives, weighted by the rows in it.
    """
    table = np.zeros((p.size, CALIBRATION_BINS))
    table[np.arange(p.size), calibration_bin(p, CALIBRATION_BINS)] = y - p
    return _divide(np.abs(w @ table).sum(axis=1), w.sum(axis=1), np.nan)
