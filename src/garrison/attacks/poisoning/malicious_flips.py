"""Malicious rows drawn at random are labelled benign: an attacker who can answer "false alarm" to alerts."""

from typing import ClassVar

import numpy as np

from garrison.attacks.poisoning.attack import Knowledge, PoisoningAttack
from garrison.attacks.poisoning.plan import Plan
from garrison.attacks.poisoning.victim import Victim


class MaliciousFlips(PoisoningAttack):
    """Malicious rows, drawn at random, become benign."""

    name: ClassVar[str] = "malicious_flips"
    knowledge: ClassVar[Knowledge] = "nothing"
    what: ClassVar[str] = "random malicious rows are labelled benign"

    def decide(self, victim: Victim, draw: np.random.Generator) -> Plan:
        """The malicious rows, in random order."""
        return Plan(draw.permutation(np.flatnonzero(victim.training.y)))
