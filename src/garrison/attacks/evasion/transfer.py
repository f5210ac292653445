"""Black box that copies: a model of one's own is trained on the detector's verdicts, and what passes it is tried.

Papernot, McDaniel and Goodfellow, "Transferability in Machine Learning", 2016. The copy is attacked as a white box,
with more and more to spare, as it is not the detector; each answer is one question.
"""

from dataclasses import replace
from typing import ClassVar

import numpy as np

from garrison.attacks.evasion.attack import EvasionAttack
from garrison.attacks.evasion.budget import Budget
from garrison.attacks.evasion.constraints import Bools
from garrison.attacks.evasion.descent import Best, Descent
from garrison.attacks.evasion.flags import POOR_COPY
from garrison.attacks.evasion.oracles import Scores, Verdicts
from garrison.attacks.evasion.rows import Floats
from garrison.attacks.evasion.task import Found, Task
from garrison.attacks.evasion.tree_inputs import thresholds
from garrison.attacks.evasion.units import Norm
from garrison.attacks.flag import Flag
from garrison.detection import FAMILIES, Detector, Threshold

LEAST_AGREEMENT = 0.9
"""Agreement with the detector, on events the copy has not learnt, below which it is a poor copy."""
TO_SPARE = (0.5, 0.2, 0.05)
"""Scores of the copy below which an answer is looked for."""


class Transfer(EvasionAttack):
    """Verdicts can be asked for; a copy learns from them, or is given (``copy``), and the copy is attacked."""

    name: ClassVar[str] = "transfer"
    knowledge = "verdicts, to copy"
    budget: ClassVar[str] = "cost of change; verdicts on up to 4,000 known events and 3 an attacked one"

    trees = 100

    def __init__(
        self,
        detector: Detector,
        *,
        norm: Norm = "linf",
        epsilon: float = 2.0,
        seed: int = 0,
        copy: Detector | None = None,
    ) -> None:
        super().__init__(detector, norm=norm, epsilon=epsilon, seed=seed)
        self.copy = copy

    def search(self, task: Task, oracle: Verdicts) -> Found:
        """Ask, learn, attack the copy, and try what came of it; a copy that was given is taken as it is."""
        copy, agreement = self._copied(task, oracle) if self.copy is None else (self.copy, 1.0)
        best = Best.none(task)
        if copy is None:
            return Found(
                best.Z, flags=(Flag(POOR_COPY, "the detector gave one verdict on all known events"),)
            )
        places = thresholds(copy.model, copy.processor, task.rows)
        everyone = np.arange(len(task.Z0))
        for value in TO_SPARE:
            if task.budget.over():
                break
            aimed = replace(copy, threshold=Threshold(value, "fixed"))
            own = Budget(None if task.budget.seconds is None else task.budget.seconds - task.budget.passed)
            asked = Scores(aimed, task.rows, task.constraints.movable, own)
            inner = replace(task, budget=own)
            found = Best.none(inner)
            descent = Descent(inner, asked, found, places=places, steps=3)
            descent.start(everyone, donors=8)
            descent.cheapen(rounds=2)
            task.budget.cut |= own.cut
            some = np.flatnonzero(found.found)
            if len(some):
                passed = ~oracle.ask(found.Z[some], task.at[some])
                best.take(found.Z[some], found.cost[some], passed, some)
        flags: tuple[Flag, ...] = ()
        if agreement < LEAST_AGREEMENT:
            flags = (
                Flag(POOR_COPY, f"the copy agrees with the detector on {agreement:.1%} of other events"),
            )
        return Found(best.Z, flags=flags)

    def _copied(self, task: Task, oracle: Verdicts) -> tuple[Detector | None, float]:
        """A model of the detector's verdicts on known events, and on how many others it agrees, in [0, 1]."""
        Z, rows = task.rows.Z[task.known], task.known
        if not len(rows):
            return None, 0.0
        verdicts = oracle.ask(Z, rows)
        if verdicts.all() or not verdicts.any():
            return None, 0.0
        X = task.numbers(Z, rows)
        learnt = np.arange(len(rows)) % 5 > 0
        family = FAMILIES["xgboost"]
        params = {"trees": self.trees, "learning_rate": 0.1, "max_depth": 6}
        if verdicts[learnt].all() or not verdicts[learnt].any():
            return None, 0.0
        model = family.fit(X[learnt], verdicts[learnt], params=params, seed=self.seed)
        agreement = _agreement(model.score(X[~learnt]), verdicts[~learnt])
        return replace(self.detector, model=model, family="xgboost", params=params), agreement


def _agreement(scores: Floats, verdicts: Bools) -> float:
    return float(((scores >= 0.5) == verdicts).mean()) if len(scores) else 0.0
