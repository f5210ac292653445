"""White box by gradient: steps down the slope of a differentiable model, mended and brought back within the budget.

Projected gradient descent (Madry et al., ICLR 2018) on the events themselves: how the model's inputs follow from a
column, relations, shares and all, is taken from a neighbouring event, the slope of the model from the model.
"""

from typing import Any, ClassVar

import numpy as np

from garrison.attacks.evasion.attack import EvasionAttack
from garrison.attacks.evasion.descent import Best, Descent, tighten
from garrison.attacks.evasion.flags import ZERO_GRADIENTS
from garrison.attacks.evasion.moves import best_of, from_benign
from garrison.attacks.evasion.oracles import Scores
from garrison.attacks.evasion.rows import Floats, Ints
from garrison.attacks.evasion.slopes import is_smooth, slopes
from garrison.attacks.evasion.task import Found, Task
from garrison.attacks.flag import Flag

NEAR = 1e-3
"""How far away a neighbouring event is, in standard deviations; at least 1 for whole numbers."""


class Gradient(EvasionAttack):
    """The model is known and differentiable: logistic regression, perceptrons."""

    name: ClassVar[str] = "gradient"
    knowledge = "the model's gradients"
    budget: ClassVar[str] = "cost of change"
    white: ClassVar[bool] = True

    steps, rounds = 20, 6

    @classmethod
    def fits(cls, model: Any) -> bool:
        """Whether the model has gradients."""
        return is_smooth(model)

    def search(self, task: Task, oracle: Scores) -> Found:
        """From the event, and from what a benign one makes of it; then with less to spend, then tight."""
        best = Best.none(task)
        looking = Descent(task, oracle, best)
        everyone = np.arange(len(task.Z0))
        flat = self._down(task, looking, task.Z0, everyone, np.full(len(everyone), task.epsilon))
        left = np.flatnonzero(~best.found)
        made, origin = from_benign(task, left, 8)
        if len(made):
            made, scores, cost, fine = looking.looked_at(made, left[origin], np.full(len(made), task.epsilon))
            best.take(made, cost, fine & (scores < oracle.threshold), left[origin])
            which = best_of(scores, origin, len(left))
            start = np.where((which >= 0)[:, None], made[which], task.Z0[left])
            self._down(task, looking, start, left, np.full(len(left), task.epsilon))
        for _ in range(self.rounds):
            at = np.flatnonzero(best.found)
            if not len(at) or task.budget.over():
                break
            looking.nearer(at)
            self._down(task, looking, best.Z[at], at, best.cost[at] * 0.8)
        tighten(task, lambda Z, at: oracle.ask(Z, at) < oracle.threshold, best)
        return Found(best.Z, flags=_zero(flat))

    def _down(self, task: Task, looking: Descent, Z: Floats, at: Ints, epsilon: Floats) -> Floats:
        """Steps down the slope, each mended; what passes is kept. Gives 1 where all slopes are 0 at first."""
        Z, first = Z.copy(), np.zeros(len(at))
        for step in range(self.steps):
            if not len(at) or task.budget.over():
                break
            down = self._slopes(task, Z, at)
            if not step:
                first = (down == 0).all(axis=1).astype(np.float64)
            length = (epsilon * max(0.5 * 0.85**step, 0.01))[:, None]
            if task.norm == "linf":
                move = np.sign(down)
            else:
                size = np.sqrt(np.square(down).sum(axis=1, keepdims=True))
                move = np.divide(down, size, out=np.zeros_like(down), where=size > 0)
            made, scores, cost, fine = looking.looked_at(Z - move * length * task.units.each, at, epsilon)
            looking.best.take(made, cost, fine & (scores < looking.oracle.threshold), at)
            Z = np.where(fine[:, None], made, Z)
            left = scores >= looking.oracle.threshold
            Z, at, epsilon = Z[left], at[left], epsilon[left]
        return first

    def _slopes(self, task: Task, Z: Floats, at: Ints) -> Floats:
        """How the log-odds rise by each chosen column, in standard deviations, shape (n, columns)."""
        model: Any = self.detector.model
        places = [
            int(place) for place in np.flatnonzero(task.constraints.chosen) if place not in task.units.text
        ]
        X = task.numbers(Z, task.at[at])
        slope, found = slopes(model, X), np.zeros(Z.shape)
        beside, column = np.tile(Z, (2 * len(places), 1)), np.repeat(np.tile(places, 2), len(Z))
        row = np.tile(np.arange(len(Z)), 2 * len(places))
        whole = np.array([each.type != "number" for each in task.constraints.columns])
        least = np.where(whole, np.maximum(1.0, NEAR * task.units.each), NEAR * task.units.each)
        way = np.repeat([1.0, -1.0], len(places) * len(Z))
        beside[np.arange(len(beside)), column] += way * least[column]
        beside, fine = task.constraints.repair(task.Z0[at[row]], beside, limits=task.within(at[row]))
        moved = beside[np.arange(len(beside)), column] - Z[row, column]
        some = np.flatnonzero(fine & (moved != 0))[::-1]
        if len(some):
            change = task.numbers(beside[some], task.at[at[row[some]]]) - X[row[some]]
            rise = (slope[row[some]] * change).sum(axis=1) / moved[some]
            # Where there are neighbours on both sides, the upper one is written last and stays.
            found[row[some], column[some]] = rise * task.units.each[column[some]]
        return found


def _zero(flat: Floats) -> tuple[Flag, ...]:
    share = float(flat.mean()) if len(flat) else 0.0
    if share <= 0.1:
        return ()
    return (
        Flag(ZERO_GRADIENTS, f"the slopes of {share:.0%} of the events are 0 wherever they can be changed"),
    )
