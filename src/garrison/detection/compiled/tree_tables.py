"""Trees of any family in one form: what is compared with what, what a leaf adds, and how the sum becomes a score."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from garrison.detection.families.base import Floats
from garrison.detection.families.trees import Trees, narrowed

Link = Literal["identity", "expit", "exp2_of_minus"]


@dataclass(frozen=True)
class TreeTables:
    """Trees whose leaves add up: the score is ``link((start + sum of leaves) / divisor)``.

    A row goes left where its feature is at most the threshold; where ``narrow``, once it has become float32, and the
    thresholds are float32 numbers too.
    """

    features: int
    trees: Trees
    start: float
    narrow: bool
    link: Link
    divisor: float = 1.0

    @property
    def splits(self) -> int:
        """How many comparisons there are in all trees."""
        return int((self.trees.left >= 0).sum())

    def values(self) -> list[Floats]:
        """For each feature, the thresholds it is compared with, or 0 where it is not."""
        inner = self.trees.left >= 0
        feature, threshold = self.trees.feature[inner], self.trees.threshold[inner]
        order = np.argsort(feature, kind="stable")
        ends = np.searchsorted(feature[order], np.arange(1, self.features))
        return [part if len(part) else np.zeros(1) for part in np.split(threshold[order], ends)]

    def score(self, totals: Floats) -> Floats:
        """What sums of leaves, shape ``(n,)``, come to as scores."""
        from scipy.special import expit

        sums = (self.start + np.asarray(totals, dtype=np.float64)) / self.divisor
        if self.link == "expit":
            return np.asarray(expit(sums))
        return np.asarray(np.exp2(-sums)) if self.link == "exp2_of_minus" else sums

    def seen(self, X: Floats) -> Any:
        """The rows as the trees compare them."""
        return narrowed(X) if self.narrow else X


def at_most_in_float32(thresholds: Floats) -> Floats:
    """The largest float32 numbers that are at most ``thresholds``: a float32 is at most one where it is at most the
    other.

    >>> at_most_in_float32(np.array([0.1, 0.5])).tolist()
    [0.09999999403953552, 0.5]
    """
    with np.errstate(over="ignore"):
        near = thresholds.astype(np.float32)
    lower = np.where(near > thresholds, np.nextafter(near, np.float32(-np.inf)), near)
    return np.asarray(lower, dtype=np.float64)


def below_in_float32(thresholds: Floats) -> Floats:
    """The float32 numbers just below float32 ``thresholds``: where a float32 is less than one, it is at most the
    other."""
    return np.asarray(np.nextafter(thresholds.astype(np.float32), np.float32(-np.inf)), dtype=np.float64)
