"""Who is poisoned: a recipe, the rows it learns from, those it is judged by, and the detector it makes unpoisoned."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.labelled import Labelled
from garrison.attacks.poisoning.recipe import Made, Recipe
from garrison.data.row_codes import row_codes
from garrison.data.schema import Schema
from garrison.data.splits import grouped_folds
from garrison.detection import Detector, Threshold

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Victim:
    """``training`` rows, some of which an attacker reaches, and ``test`` rows, which nobody touches.

    ``attacker`` is the schema that says what an attacker can change; ``given`` the detector whose recipe it is.
    """

    recipe: Recipe
    training: Labelled
    test: Labelled
    attacker: Schema
    given: Detector

    @cached_property
    def unpoisoned(self) -> Made:
        """The detector that the recipe makes of the rows as they are."""
        return self.recipe.make(self.training.table, self.training.y, self.training.groups)

    @cached_property
    def scores(self) -> Floats:
        """What it gives the test rows, shape (n,)."""
        return self.unpoisoned.score(self.test.table)

    @cached_property
    def held_back(self) -> tuple[Made, Ints]:
        """A detector of half the groups of the training rows, and the places of the other half, for whoever tries."""
        learnt, rest = grouped_folds(self.training.y, self.training.groups, folds=2, seed=self.recipe.seed)[0]
        some = self.training.take(learnt)
        made = replace(self.recipe, place=None).make(some.table, some.y, some.groups)
        return replace(made, placed=Threshold(self.unpoisoned.threshold, "that of all rows")), rest

    @cached_property
    def agreement(self) -> float:
        """On which share of the test rows it says the same as the detector whose recipe it is, in [0, 1]."""
        own = self.given.model.score(self.given.processor.transform(self.test.table), jobs=self.recipe.jobs)
        same = (own >= self.given.threshold.value) == (self.scores >= self.unpoisoned.threshold)
        return float(same.mean())

    @cached_property
    def known_before(self) -> float:
        """The share of the test rows that are equal to a training row in every feature, in [0, 1]."""
        import pyarrow as pa

        names = list(self.training.schema.feature_names)
        tables = [each.table.select(names) for each in (self.training, self.test)]
        codes = row_codes(pa.concat_tables(tables), tuple(names))
        count = len(self.training)
        return float(np.isin(codes[count:], codes[:count]).mean())
