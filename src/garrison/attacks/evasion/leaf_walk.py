"""White box on trees, fast: from threshold to threshold of the trees, for many events and thresholds at once.

Wherever a tree compares a column that can be changed, the nearest values on both sides of the threshold are all that
matter. The change of one column that lowers the score most is made, then the next; starts are the event itself and what
benign events would make of it. Then the budget is made smaller until nothing is found. (The idea of walking from leaf
to leaf is that of Zhang, Zhang and Hsieh, "An Efficient Adversarial Attack for Tree Ensembles", NeurIPS 2020; there
the walk starts from an adversarial example and knows no constraints.)
"""

from typing import Any, ClassVar

import numpy as np

from garrison.attacks.evasion.attack import EvasionAttack
from garrison.attacks.evasion.descent import Best, Descent, tighten
from garrison.attacks.evasion.oracles import Scores
from garrison.attacks.evasion.task import Found, Task
from garrison.attacks.evasion.tree_inputs import tables_of, thresholds


class LeafWalk(EvasionAttack):
    """The model itself is known, and is made of trees: a good answer in a fraction of a second an event.

    ``most`` thresholds a column are tried at each step, ``donors`` benign events, ``rounds`` smaller budgets,
    and ``shakes`` times random changes of what passes. Where ``cheapest`` is false the first event within the budget
    that passes is taken, which is several times faster, and enough to learn from.
    """

    name: ClassVar[str] = "leaf_walk"
    knowledge = "the model itself"
    budget: ClassVar[str] = "cost of change"
    white: ClassVar[bool] = True

    most, donors, rounds, steps, shakes = 24, 16, 5, 4, 20

    def __init__(self, *arguments: Any, cheapest: bool = True, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.cheapest = cheapest

    @classmethod
    def fits(cls, model: Any) -> bool:
        """Whether the model is made of trees."""
        return bool(tables_of(model))

    def search(self, task: Task, oracle: Scores) -> Found:
        """Down, then cheaper, then tight."""
        best = Best.none(task)
        places = thresholds(self.detector.model, self.detector.processor, task.rows)
        descent = Descent(task, oracle, best, places=places, most=self.most, steps=self.steps)
        descent.start(np.arange(len(task.Z0)), donors=self.donors, enough=not self.cheapest)
        if not self.cheapest:
            return Found(best.Z)
        descent.cheapen(rounds=self.rounds if not task.constraints.lifted else 2)
        descent.shake(rounds=self.shakes if not task.constraints.lifted else 0)
        tighten(task, lambda Z, at: oracle.ask(Z, at) < oracle.threshold, best)
        return Found(best.Z)
