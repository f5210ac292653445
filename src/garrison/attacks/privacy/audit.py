"""Which records are asked about, and which of them each shadow model learns from."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from garrison.attacks.privacy.confidence import log_odds_of_truth
from garrison.attacks.privacy.interface import Answers, Bools, Floats, Ints, Recipe, Records, records_at
from garrison.errors import DataError

Model = TypeVar("Model", bound=Answers)

TARGET = -1
"""The number of the model that is attacked, where it too is trained here."""


@dataclass(frozen=True)
class Audit:
    """``n`` records with their classes ``y``, of which ``u`` are asked about.

    ``asked``, int64 ``(u,)``, are their places. ``stands_for``, int64 ``(n,)``, says for which of the u questions a
    record stands (its copies stand for the same), and -1 for those that nobody asks about; of these, ``fill``, bool
    ``(n,)``, are those that models learn from besides. A model learns from ``size`` records, if there are so many.

    Shadows come in pairs: what the one learns from, of the records that are asked about, the other does not. So after
    any even number of them, each record was learnt from by exactly half; and there may be more later.
    """

    records: Records
    y: Ints
    asked: Ints
    stands_for: Ints
    fill: Bools
    size: int
    seed: int

    def __post_init__(self) -> None:
        """Refuse what cannot be asked."""
        if len(self.asked) < 2:
            raise DataError(
                f"{len(self.asked)} record(s) to ask about",
                expected="two different records or more",
                remedy="give more data",
            )

    def inside(self, number: int) -> Bools:
        """Which of the questions the model of that number learns from, bool ``(u,)``: half of them."""
        pair = number // 2 if number >= 0 else 0
        draw = np.random.default_rng([self.seed, 1 if number >= 0 else 0, pair])
        first = np.zeros(len(self.asked), dtype=np.bool_)
        first[draw.permutation(len(first))[: len(first) // 2]] = True
        return first if number < 0 or number % 2 == 0 else ~first

    def learnt_from(self, number: int) -> Ints:
        """The places of all records that the model of that number learns from, in rising order."""
        inside = np.append(self.inside(number), False)
        within = np.flatnonzero(inside[self.stands_for])
        others = np.flatnonzero(self.fill & (self.stands_for < 0))
        draw = np.random.default_rng([self.seed, 2, number - TARGET])
        wanted = min(max(self.size - len(within), 0), len(others))
        return np.sort(np.append(within, draw.choice(others, wanted, replace=False)))

    def trained(self, recipe: Recipe[Model], number: int) -> Model:
        """The model of that number."""
        rows = self.learnt_from(number)
        return recipe.learn(
            records_at(self.records, rows), self.y[rows], seed=self.seed + 1 + number - TARGET
        )

    def answers(self, model: Answers) -> Floats:
        """The log-odds that a model gives the truth of each record that is asked about, ``(u,)``."""
        asked = records_at(self.records, self.asked)
        return log_odds_of_truth(model.probabilities(asked), self.y[self.asked])
