"""Black box by score: one column after the other, steps of several sizes, the one that lowers the score most."""

from typing import ClassVar

import numpy as np

from garrison.attacks.evasion.attack import EvasionAttack
from garrison.attacks.evasion.descent import Best, Descent, tighten
from garrison.attacks.evasion.oracles import Scores
from garrison.attacks.evasion.task import Found, Task


class CoordinateSearch(EvasionAttack):
    """Scores can be asked for; the model is unknown. It does what the walk over leaves does, without its thresholds."""

    name: ClassVar[str] = "coordinate_search"
    knowledge = "scores of any event"
    budget: ClassVar[str] = "cost of change; 2,000 queries an event"
    queries: ClassVar[int | None] = 2_000

    donors, rounds, steps = 16, 4, 4

    def search(self, task: Task, oracle: Scores) -> Found:
        """Down, then cheaper, then tight."""
        best = Best.none(task)
        descent = Descent(task, oracle, best, steps=self.steps)
        descent.start(np.arange(len(task.Z0)), donors=self.donors)
        descent.cheapen(rounds=self.rounds)
        tighten(task, lambda Z, at: oracle.ask(Z, at) < oracle.threshold, best)
        return Found(best.Z)
