"""Labels of the rows that a model is surest of are turned over: those whose gradient is the largest once they are.

The furthest-first flips of Xiao, Xiao and Eckert, "Adversarial Label Flips Attack on Support Vector Machines", ECAI
2012, by the model's own score in place of a distance: of the log loss, the gradient of a row is |score - label|, which
flipping makes the larger the surer the model was.
"""

from typing import ClassVar

import numpy as np

from garrison.attacks.poisoning.attack import Knowledge, PoisoningAttack
from garrison.attacks.poisoning.plan import Plan
from garrison.attacks.poisoning.victim import Victim


class InfluenceFlips(PoisoningAttack):
    """The rows, of both classes, whose out-of-fold scores are nearest their labels."""

    name: ClassVar[str] = "influence_flips"
    knowledge: ClassVar[Knowledge] = "scores of the training rows"
    what: ClassVar[str] = "labels of the rows the model is surest of are turned over"

    def decide(self, victim: Victim, draw: np.random.Generator) -> Plan:
        """The rows by their gradient once flipped, the largest first; among equal ones by chance."""
        made = victim.unpoisoned
        gradient = 1 - np.abs(made.out_of_fold - made.y)
        return Plan(np.lexsort((draw.random(len(gradient)), -gradient)))
