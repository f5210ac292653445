"""Models that are many decision trees: the parts their families share."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from garrison.detection.families import trees
from garrison.detection.families.arrays import pack_arrays, unpack_arrays
from garrison.detection.families.base import Files, Floats, Model
from garrison.detection.families.trees import Trees

FILE = "trees.npz"


@dataclass(frozen=True)
class TreeModel(Model):
    """Trees, a weight for each, and a number they start from; a subclass says how these become a probability."""

    features: int
    trees: Trees
    weights: Floats
    start: float
    _compiled: list[Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the trees ready to score."""
        object.__setattr__(self, "_compiled", self._compile())

    def _compile(self) -> list[Any]:
        return self.trees.compiled(self.features)

    def _total(self, X: Floats) -> Floats:
        """The start plus each tree's value times its weight, in the order of the trees."""
        rows: NDArray[np.float32] = trees.narrowed(X)
        total = np.full(len(rows), self.start)
        for weight, tree in zip(self.weights, self._compiled, strict=True):
            total += weight * tree.predict(rows)[:, 0]
        return total

    @abstractmethod
    def _score(self, X: Floats) -> Floats: ...

    def files(self) -> Files:
        """One file of arrays."""
        facts = {"features": np.array(self.features), "start": np.array(self.start), "weights": self.weights}
        return {FILE: pack_arrays({**facts, **self.trees.arrays()})}

    @classmethod
    def _from_files(cls, files: Mapping[str, bytes]) -> Self:
        kinds = {"features": ("<i8", 0), "start": ("<f8", 0), "weights": ("<f8", 1), **trees.EXPECTED}
        arrays = unpack_arrays(files[FILE], kinds)
        features = int(arrays["features"])
        found = Trees.from_arrays(arrays, features=features)
        if len(arrays["weights"]) != len(found.counts):
            raise ValueError("there is not one weight a tree")
        return cls(features=features, trees=found, weights=arrays["weights"], start=float(arrays["start"]))


class MeanOfTrees(TreeModel):
    """A forest: the mean of what its trees say."""

    row_by_row: ClassVar[bool] = True

    def _score(self, X: Floats) -> Floats:
        return self._total(X) / len(self.weights)


class LogOddsOfTrees(TreeModel):
    """Boosting: the trees add up to the log-odds of the positive class (natural log)."""

    def _score(self, X: Floats) -> Floats:
        from scipy.special import expit

        odds: Floats = expit(self._total(X))
        return odds
