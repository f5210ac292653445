"""How a detector was made, so that it can be made again from other rows: its family, parameters and processor."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.schema import Schema
from garrison.data.splits import grouped_folds
from garrison.detection import FAMILIES, Detector, Model, Params, Threshold
from garrison.detection.families.base import BENIGN_ONLY
from garrison.detection.families.directions import for_inputs
from garrison.errors import ModelError
from garrison.features import Processor

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Place = Callable[[Bools, Floats], float]
"""Where a threshold lies, by labels and out-of-fold scores, shape (n,) each."""


@dataclass(frozen=True)
class Recipe:
    """What makes a detector of rows: an unfitted copy of its processor, a family with its parameters, a threshold.

    ``place`` finds the threshold by the scores that models give to training rows of groups they have not seen
    (``folds`` of them); None keeps the detector's own. Weights of rows are not kept by a detector: all count alike.
    """

    name: str
    schema: Schema
    processor: Processor
    family: str
    params: Params
    threshold: Threshold
    place: Place | None = None
    folds: int = 3
    seed: int = 0
    jobs: int = 1

    @classmethod
    def of(
        cls, detector: Detector, *, place: Place | None = None, folds: int = 3, seed: int = 0, jobs: int = 1
    ) -> "Recipe":
        """The recipe of ``detector``; ``ModelError`` where it learns from no labels, which cannot be poisoned."""
        family = FAMILIES[detector.family]
        if detector.schema.label is None or not (
            family.supervised or detector.params.get(BENIGN_ONLY, False)
        ):
            raise ModelError(
                f"{detector.name} was trained without labels: there are none to poison",
                where=f"detector {detector.name!r}, family {detector.family}",
                expected="a detector that has learnt from labelled events",
            )
        return cls(
            detector.name,
            detector.schema,
            detector.processor,
            detector.family,
            detector.params,
            detector.threshold,
            place,
            folds,
            seed,
            jobs,
        )

    def make(self, table: pa.Table, y: Bools, groups: Ints) -> "Made":
        """A detector of these rows, shape (n,), made in the way of the first one; equal rows give equal detectors."""
        processor = self.processor.fit(table, self.schema)
        here = replace(self, params=for_inputs(self.params, self.processor.names, processor.names))
        made = Made(here, processor, here._fit(processor.transform(table), y), table, y, groups)
        if self.place is None:
            return made
        value = self.place(y, made.out_of_fold)
        threshold = Threshold(min(max(float(value), 0.0), float(np.nextafter(1, 2))), self.threshold.rule)
        return Made(here, processor, made.model, table, y, groups, threshold, made.out_of_fold)

    def _fit(self, X: Floats, y: Bools) -> Model:
        return FAMILIES[self.family].fit(X, y, params=self.params, seed=self.seed, jobs=self.jobs)


@dataclass(frozen=True)
class Made:
    """A detector that a recipe made, and the rows it was made of."""

    recipe: Recipe
    processor: Processor
    model: Model
    table: pa.Table
    y: Bools
    groups: Ints
    placed: Threshold | None = None
    known: Floats | None = None

    @property
    def threshold(self) -> float:
        """Events scoring at or above it are flagged."""
        return (self.placed or self.recipe.threshold).value

    def score(self, table: pa.Table) -> Floats:
        """The scores, in [0, 1], shape (n,), of events that the schema has checked."""
        if not table.num_rows:
            return np.zeros(0)
        return self.model.score(self.processor.transform(table), jobs=self.recipe.jobs)

    @cached_property
    def out_of_fold(self) -> Floats:
        """The score of each training row by a model that has not seen its group, shape (n,)."""
        if self.known is not None:
            return self.known
        X, found = self.processor.transform(self.table), np.zeros(len(self.y))
        recipe = self.recipe
        for train, test in grouped_folds(self.y, self.groups, folds=recipe.folds, seed=recipe.seed):
            found[test] = recipe._fit(X[train], self.y[train]).score(X[test], jobs=recipe.jobs)
        return cast(Floats, found)
