"""White box on trees, exact: the least that an event has to cost, by branch and bound over boxes of values.

A box says between which values each chosen column lies. Relations give what the columns that follow can be there, and
so which leaves each tree can still reach; the sum of the lowest is what the score is at least, and the distance of
the box what it costs at least. The cheapest box is looked at first: dropped if it cannot pass, else its cheapest
event is tried, and it is cut in two at a threshold. What is left when no box can be cheaper is the optimum, up to
``CLOSE``.

(Exact robustness of tree ensembles: Kantchelian, Tygar and Joseph, ICML 2016, there as a mixed-integer program, which
relations that are no straight lines do not fit into.)
"""

import heapq
from typing import Any, ClassVar

import numpy as np

from garrison.attacks.evasion.attack import EvasionAttack
from garrison.attacks.evasion.boxes import Boxes
from garrison.attacks.evasion.descent import Best
from garrison.attacks.evasion.leaf_walk import LeafWalk
from garrison.attacks.evasion.oracles import Scores
from garrison.attacks.evasion.rows import Floats
from garrison.attacks.evasion.task import Found, Task
from garrison.attacks.evasion.tree_inputs import tables_of
from garrison.errors import UsageError

CLOSE = 1e-3
"""How far, as a share of the cost, the answer may be above the optimum."""
AT_ONCE = 64
"""Boxes that are looked at together."""


class ExactTrees(EvasionAttack):
    """The model itself is known, and is one of few and small trees: the least cost, proved.

    ``boxes`` is how many an event may take; an event that takes more keeps the best that was found, and in ``bound``
    what was proved.
    """

    name: ClassVar[str] = "exact_trees"
    knowledge = "the model itself"
    budget: ClassVar[str] = "cost of change; boxes"
    white: ClassVar[bool] = True

    def __init__(self, *arguments: Any, boxes: int = 20_000, **options: Any) -> None:
        if boxes < 1:
            raise UsageError(f"{boxes} boxes are to be looked at", expected="1 or more")
        super().__init__(*arguments, **options)
        self.boxes = boxes

    @classmethod
    def fits(cls, model: Any) -> bool:
        """Whether the model is one ensemble of trees whose score rises with their sum."""
        found = tables_of(model)
        return len(found) == 1 and found[0].link in ("expit", "identity")

    def search(self, task: Task, oracle: Scores) -> Found:
        """The walk over leaves first, so that what costs more need not be looked at; then the proof."""
        walk = LeafWalk(self.detector, norm=self.norm, epsilon=self.epsilon, seed=self.seed).search(
            task, oracle
        )
        best = Best.none(task)
        everyone = np.arange(len(task.Z0))
        cost = task.cost(walk.Z)
        passed = (cost > 0) & (oracle.ask(walk.Z, task.at) < oracle.threshold)
        best.take(walk.Z, cost, passed, everyone)
        if task.constraints.lifted:
            return Found(best.Z)
        boxes = Boxes.of(task, self.detector.model, self.detector.processor, oracle.threshold)
        bound = np.array([self._proved(task, oracle, boxes, best, int(at)) for at in everyone])
        return Found(best.Z, bound=bound)

    def _proved(self, task: Task, oracle: Scores, boxes: Boxes, best: Best, at: int) -> float:
        """What event ``at`` costs at least; what it costs goes into ``best``."""
        low, high = boxes.whole(at)
        heap: list[tuple[float, int, Floats, Floats]] = [(0.0, 0, low, high)]
        made = 1
        while heap:
            most = min(float(best.cost[at]), task.epsilon * (1 + 1e-9))
            if heap[0][0] >= most * (1 - CLOSE):
                return most
            if made >= self.boxes or task.budget.over():
                return heap[0][0]
            taken = [heapq.heappop(heap) for _ in range(min(AT_ONCE, len(heap)))]
            lows, highs = np.array([each[2] for each in taken]), np.array([each[3] for each in taken])
            looked = boxes.look(at, lows, highs)
            kept = np.flatnonzero(looked.possible & (looked.cost < most * (1 - CLOSE)))
            if not len(kept):
                continue
            rows = np.full(len(kept), at)
            Z, fine = task.mended(boxes.nearest(at, lows[kept], highs[kept]), rows)
            cost = task.cost(Z, rows)
            fine &= cost < best.cost[at]
            passed = np.zeros(len(kept), dtype=np.bool_)
            if fine.any():
                passed[fine] = oracle.ask(Z[fine], task.at[rows[fine]]) < oracle.threshold
            best.take(Z, cost, passed, rows)
            for place in kept:
                for half_low, half_high in boxes.cut(looked, int(place), lows[place], highs[place]):
                    heapq.heappush(heap, (float(looked.cost[place]), made, half_low, half_high))
                    made += 1
        return min(float(best.cost[at]), task.epsilon)
