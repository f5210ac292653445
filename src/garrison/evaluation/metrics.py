"""How good scores are, by name: the metrics, and all of them at once.

Labels ``y`` are bool ``(n,)``, True for the positive (malicious) class; scores ``p`` are float ``(n,)`` in
[0, 1]; a row is flagged when its score is at or above the threshold.
"""

import difflib
import math
import re
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike

from garrison.errors import DataError, SettingsError
from garrison.evaluation import formulas
from garrison.evaluation.formulas import Counted, Formula, RecallAtFpr
from garrison.evaluation.scores import checked


@dataclass(frozen=True)
class Metric:
    """One measure of scores, called as ``metric(y, p, threshold)``.

    ``formula`` gives the same measure for many weightings of the rows at once, which the bootstrap uses.
    """

    name: str
    greater_is_better: bool
    needs_threshold: bool
    formula: Formula
    most: float = 1.0
    """The greatest value that it can have; the least is 0."""

    def __call__(self, y: ArrayLike, p: ArrayLike, threshold: float = 0.5) -> float:
        """The value on these rows; raises ``SchemaError`` or ``DataError`` as ``scores.checked`` does."""
        labels, scores = checked(y, p)
        return float(self.formula(labels, scores, np.ones((1, labels.size)), threshold)[0])

    def better(self, one: float, other: float) -> bool:
        """Whether ``one`` is strictly better than ``other``."""
        return one > other if self.greater_is_better else one < other


METRICS: dict[str, Metric] = {
    each.name: each
    for each in (
        Metric("accuracy", True, True, Counted(formulas.accuracy)),
        Metric("precision", True, True, Counted(formulas.precision)),
        Metric("recall", True, True, Counted(formulas.recall)),
        Metric("f1", True, True, Counted(formulas.f1)),
        Metric("auc", True, False, formulas.auc),
        Metric("average_precision", True, False, formulas.average_precision),
        Metric("brier", False, False, formulas.brier),
        Metric("log_loss", False, False, formulas.log_loss, most=math.inf),
        Metric("ece", False, False, formulas.ece),
    )
}
"""What a detector can be judged and tuned by, by name."""

_AT_FPR = re.compile(r"recall@fpr=(?P<fpr>\d*\.?\d+(?:e-?\d+)?)", re.IGNORECASE)


def metric(name: str | Metric) -> Metric:
    """The metric of that name: one of ``METRICS``, or ``recall@fpr=0.01`` with any rate from 0 up to 1.

    A metric is given back as it is. Raises ``SettingsError`` with the nearest known name.

    >>> metric("auc")([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    >>> metric("recall@fpr=0.01")([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.5
    """
    if isinstance(name, Metric):
        return name
    if name in METRICS:
        return METRICS[name]
    found = _AT_FPR.fullmatch(name)
    if found and 0 <= (fpr := float(found["fpr"])) < 1:
        return Metric(name, True, False, RecallAtFpr(fpr))
    known = [*METRICS, "recall@fpr=0.01"]
    near = difflib.get_close_matches(name, known, n=1)
    raise SettingsError(
        f"there is no metric {name!r}",
        expected="one of " + ", ".join(known),
        remedy=f"did you mean {near[0]}?" if near else "choose one of those names",
    )


def recall_at_fpr(y: ArrayLike, p: ArrayLike, fpr: float) -> float:
    """The highest recall among the thresholds whose false-positive rate is at most ``fpr``; no interpolation.

    >>> recall_at_fpr([0, 0, 0, 1, 1], [0.1, 0.2, 0.9, 0.8, 0.95], fpr=0.01)
    0.5
    """
    if not 0 <= fpr < 1:
        raise DataError(f"a false-positive rate of {fpr:g}", expected="a rate from 0 up to, not including, 1")
    labels, scores = checked(y, p)
    return float(RecallAtFpr(fpr)(labels, scores, np.ones((1, labels.size)), 0.5)[0])


@dataclass(frozen=True)
class Confusion:
    """How many rows were flagged or not, rightly or wrongly."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int

    @property
    def recall(self) -> float:
        """Of the positive rows, the share that is flagged."""
        return self.true_positives / (self.true_positives + self.false_negatives)

    @property
    def false_positive_rate(self) -> float:
        """Of the negative rows, the share that is flagged."""
        return self.false_positives / (self.false_positives + self.true_negatives)

    def precision_at_prevalence(self, prevalence: float) -> float:
        """The precision to expect where a share ``prevalence`` of all rows is positive (Axelsson, CCS 1999).

        Recall and false-positive rate are taken as they were measured; 0 when nothing would be flagged.

        >>> round(Confusion(90, 1, 10, 99).precision_at_prevalence(0.01), 3)
        0.476
        """
        if not 0 < prevalence < 1:
            raise DataError(f"a prevalence of {prevalence:g}", expected="a share between 0 and 1")
        caught = self.recall * prevalence
        flagged = caught + self.false_positive_rate * (1 - prevalence)
        return caught / flagged if flagged > 0 else 0.0


def confusion(y: ArrayLike, p: ArrayLike, *, threshold: float) -> Confusion:
    """The confusion matrix when rows scoring at or above ``threshold`` are flagged."""
    labels, scores = checked(y, p)
    flagged = scores >= threshold
    return Confusion(
        true_positives=int((flagged & labels).sum()),
        false_positives=int((flagged & ~labels).sum()),
        false_negatives=int((~flagged & labels).sum()),
        true_negatives=int((~flagged & ~labels).sum()),
    )


@dataclass(frozen=True)
class Measures:
    """Every metric of one set of scores, at one threshold.

    ``recall_at_fpr`` is at the rate ``fpr``; ``precision_at_prevalence`` is what the precision would be where
    only a share ``prevalence`` of the rows is positive, which is nearer to life than most data sets.
    """

    rows: int
    positives: int
    threshold: float
    accuracy: float
    precision: float
    recall: float
    f1: float
    false_positive_rate: float
    auc: float
    average_precision: float
    fpr: float
    recall_at_fpr: float
    prevalence: float
    precision_at_prevalence: float
    brier: float
    log_loss: float
    ece: float
    confusion: Confusion

    def to_dict(self) -> dict[str, float]:
        """All numbers in one flat dictionary, the confusion matrix among them."""
        return {**{k: v for k, v in asdict(self).items() if k != "confusion"}, **asdict(self.confusion)}

    @classmethod
    def from_dict(cls, values: dict[str, float]) -> "Measures":
        """The measures that ``to_dict`` wrote."""
        counts = {name: int(values[name]) for name in Confusion.__dataclass_fields__}
        rest = {k: v for k, v in values.items() if k not in counts}
        rest |= {name: int(rest[name]) for name in ("rows", "positives")}
        return cls(**rest, confusion=Confusion(**counts))  # type: ignore[arg-type]


def measure(
    y: ArrayLike, p: ArrayLike, *, threshold: float = 0.5, fpr: float = 0.01, prevalence: float = 0.01
) -> Measures:
    """Every metric of these scores at this threshold.

    Raises ``SchemaError`` when only one class is there and ``DataError`` for a score that is no probability.

    >>> found = measure([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.8], threshold=0.5)
    >>> found.accuracy, found.auc, found.confusion.false_positives
    (0.5, 0.75, 1)
    """
    labels, scores = checked(y, p)
    ones = np.ones((1, labels.size))
    values = {name: float(each.formula(labels, scores, ones, threshold)[0]) for name, each in METRICS.items()}
    counted = confusion(labels, scores, threshold=threshold)
    return Measures(
        rows=labels.size,
        positives=int(labels.sum()),
        threshold=float(threshold),
        false_positive_rate=counted.false_positive_rate,
        fpr=fpr,
        recall_at_fpr=recall_at_fpr(labels, scores, fpr),
        prevalence=prevalence,
        precision_at_prevalence=counted.precision_at_prevalence(prevalence),
        confusion=counted,
        **values,
    )
