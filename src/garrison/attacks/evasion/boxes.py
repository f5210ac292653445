"""Boxes of events: what can be in them, what the trees can say there, and where to cut them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from garrison.attacks.evasion.box_cuts import Cuts
from garrison.attacks.evasion.box_relations import followed
from garrison.attacks.evasion.box_trees import Ensemble, least_sum
from garrison.attacks.evasion.constraints import Bools
from garrison.attacks.evasion.rows import Floats, Ints
from garrison.attacks.evasion.task import Task
from garrison.attacks.evasion.units import norm_of


@dataclass(frozen=True)
class Looked:
    """Of each box, shape (b, …): whether anything in it can pass, what it costs at least, what its columns can be, and
    which nodes of the trees are open in it."""

    possible: Bools
    cost: Floats
    low: Floats
    high: Floats
    open: Bools


@dataclass(frozen=True)
class Boxes:
    """What is needed to look at boxes of values of the chosen columns ``free``."""

    task: Task
    model: Ensemble
    threshold: float
    free: Ints

    @classmethod
    def of(cls, task: Task, model: Any, processor: Any, threshold: float) -> "Boxes":
        """For the events of a task and one ensemble of trees."""
        free = np.flatnonzero(task.constraints.chosen)
        return cls(task, Ensemble.of(task, model, processor), threshold, free)

    def whole(self, at: int) -> tuple[Floats, Floats]:
        """The box of all that event ``at`` may become within the budget, two of shape (columns,)."""
        low, high = (each[0] for each in self.task.box(np.array([at])))
        low = np.where(
            self.task.constraints.chosen, np.maximum(low, self.task.limits[0][at]), self.task.Z0[at]
        )
        high = np.where(
            self.task.constraints.chosen, np.minimum(high, self.task.limits[1][at]), self.task.Z0[at]
        )
        for place in self.free:
            if self.task.constraints.columns[place].type != "number":
                low[place], high[place] = np.ceil(low[place]), np.floor(high[place])
        return low, high

    def nearest(self, at: int, low: Floats, high: Floats) -> Floats:
        """Of each box the chosen values nearest to event ``at``, shape (b, columns)."""
        return np.asarray(np.clip(np.broadcast_to(self.task.Z0[at], low.shape), low, high))

    def look(self, at: int, low: Floats, high: Floats) -> Looked:
        """Look at boxes, two of shape (b, columns)."""
        low, high, possible = followed(self.task, at, low, high)
        own = self.task.Z0[at]
        apart = np.nan_to_num(np.maximum(np.maximum(low - own, own - high), 0.0)) / self.task.units.each
        for place in self.task.units.text:
            apart[:, place] = apart[:, place] > 0
        cost = norm_of(apart, self.task.norm)
        least, open_ = least_sum(self.model, self.task, at, low, high)
        possible &= (low <= high).all(axis=1, where=~np.isnan(low))
        return Looked(possible & (self.model.tables.score(least) < self.threshold), cost, low, high, open_)

    def cut(self, looked: Looked, place: int, low: Floats, high: Floats) -> list[tuple[Floats, Floats]]:
        """The box ``place`` of those that were looked at in two; nothing where nothing is left."""
        return self._cuts.cut(looked.open[place], low, high)

    @cached_property
    def _cuts(self) -> Cuts:
        return Cuts(self.task, self.model, self.free)
