"""Labels of rows drawn at random are turned over: what careless labelling does, and the yardstick for the others."""

from typing import ClassVar

import numpy as np

from garrison.attacks.poisoning.attack import Knowledge, PoisoningAttack
from garrison.attacks.poisoning.plan import Plan
from garrison.attacks.poisoning.victim import Victim


class LabelFlips(PoisoningAttack):
    """Rows of both classes, drawn at random."""

    name: ClassVar[str] = "label_flips"
    knowledge: ClassVar[Knowledge] = "nothing"
    what: ClassVar[str] = "labels of random rows are turned over"

    def decide(self, victim: Victim, draw: np.random.Generator) -> Plan:
        """All rows, in random order."""
        return Plan(draw.permutation(len(victim.training)))
