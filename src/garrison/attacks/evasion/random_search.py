"""Black box by score: random changes of a few columns, kept where they lower the score, or the cost once it passes.

The simplest attack of all, and so the yardstick: one that does worse has a fault of its own.
"""

from typing import ClassVar

import numpy as np

from garrison.attacks.evasion.attack import EvasionAttack
from garrison.attacks.evasion.descent import Best, Descent
from garrison.attacks.evasion.moves import best_of, shaken
from garrison.attacks.evasion.oracles import Scores
from garrison.attacks.evasion.task import Found, Task

AT_ONCE = 16
"""Proposals an event and round."""


class RandomSearch(EvasionAttack):
    """Scores can be asked for; the model is unknown."""

    name: ClassVar[str] = "random_search"
    knowledge = "scores of any event"
    budget: ClassVar[str] = "cost of change; 1,000 queries an event"
    queries: ClassVar[int | None] = 1_000

    def search(self, task: Task, oracle: Scores) -> Found:
        """Round after round from the lowest score, or the cheapest that passes, until the queries are spent."""
        best = Best.none(task)
        looking = Descent(task, oracle, best)
        everyone = np.arange(len(task.Z0))
        Z, score = task.Z0.copy(), np.full(len(everyone), np.inf)
        for _ in range(4 * (self.queries or 0) // AT_ONCE):
            if task.budget.over():
                break
            start = np.where(best.found[:, None], best.Z, Z)
            origin = np.repeat(everyone, AT_ONCE)
            epsilon = np.where(best.found, best.cost * (1 - 1e-6), task.epsilon)[origin]
            made, scores, cost, fine = looking.looked_at(shaken(task, start, origin), origin, epsilon)
            best.take(made, cost, fine & (scores < oracle.threshold), origin)
            which = best_of(scores, origin, len(everyone))
            lower = np.flatnonzero((which >= 0) & (scores[which] < score))
            Z[lower], score[lower] = made[which[lower]], scores[which[lower]]
        return Found(best.Z)
