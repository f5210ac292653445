"""Labels of the rows nearest the threshold are turned over: where a little moves the boundary, and few would notice.

The nearest-first flips of Xiao, Xiao and Eckert, "Adversarial Label Flips Attack on Support Vector Machines", ECAI
2012, by the model's own score in place of a distance.
"""

from typing import ClassVar

import numpy as np

from garrison.attacks.poisoning.attack import Knowledge, PoisoningAttack
from garrison.attacks.poisoning.plan import Plan
from garrison.attacks.poisoning.victim import Victim


class BoundaryFlips(PoisoningAttack):
    """The rows whose out-of-fold scores lie nearest the threshold."""

    name: ClassVar[str] = "boundary_flips"
    knowledge: ClassVar[Knowledge] = "scores of the training rows"
    what: ClassVar[str] = "labels of the rows nearest the threshold are turned over"

    def decide(self, victim: Victim, draw: np.random.Generator) -> Plan:
        """The rows by their distance from the threshold; among equal ones by chance."""
        made = victim.unpoisoned
        far = np.abs(made.out_of_fold - made.threshold)
        return Plan(np.lexsort((draw.random(len(far)), far)))
