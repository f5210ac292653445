"""Poisoning: an attacker who reaches some of the rows a detector learns from, and what that does to it.

>>> sorted(ATTACKS)
['backdoor', 'boundary_flips', 'clean_label_backdoor', 'influence_flips', 'label_flips', 'malicious_flips']
"""

from garrison.attacks.flag import Flag
from garrison.attacks.labelled import Labelled
from garrison.attacks.poisoning.attack import SHARES, PoisoningAttack
from garrison.attacks.poisoning.backdoor import Backdoor
from garrison.attacks.poisoning.boundary_flips import BoundaryFlips
from garrison.attacks.poisoning.clean_label_backdoor import CleanLabelBackdoor
from garrison.attacks.poisoning.influence_flips import InfluenceFlips
from garrison.attacks.poisoning.label_flips import LabelFlips
from garrison.attacks.poisoning.malicious_flips import MaliciousFlips
from garrison.attacks.poisoning.plan import Plan, Poisoned
from garrison.attacks.poisoning.recipe import Recipe
from garrison.attacks.poisoning.result import AtShare, PoisoningResult
from garrison.attacks.poisoning.trigger import Trigger
from garrison.attacks.poisoning.victim import Victim

ATTACKS: dict[str, type[PoisoningAttack]] = {
    attack.name: attack
    for attack in (LabelFlips, MaliciousFlips, BoundaryFlips, InfluenceFlips, Backdoor, CleanLabelBackdoor)
}
"""The attacks by name."""

__all__ = [
    "ATTACKS",
    "SHARES",
    "AtShare",
    "Backdoor",
    "BoundaryFlips",
    "CleanLabelBackdoor",
    "Flag",
    "InfluenceFlips",
    "LabelFlips",
    "Labelled",
    "MaliciousFlips",
    "Plan",
    "Poisoned",
    "PoisoningAttack",
    "PoisoningResult",
    "Recipe",
    "Trigger",
    "Victim",
]
