"""Evasion: malicious events, changed so that a detector no longer flags them, within what an attacker can change."""

from typing import Any

from garrison.attacks.evasion.attack import EvasionAttack
from garrison.attacks.evasion.boundary import Boundary
from garrison.attacks.evasion.constraints import Constraints
from garrison.attacks.evasion.coordinate_search import CoordinateSearch
from garrison.attacks.evasion.exact_trees import ExactTrees
from garrison.attacks.evasion.gradient import Gradient
from garrison.attacks.evasion.leaf_walk import LeafWalk
from garrison.attacks.evasion.random_search import RandomSearch
from garrison.attacks.evasion.result import AttackResult, Change, Example, Outcome
from garrison.attacks.evasion.rows import Rows
from garrison.attacks.evasion.targets import Targets
from garrison.attacks.evasion.transfer import Transfer
from garrison.attacks.evasion.units import NORMS, Norm, Units
from garrison.attacks.flag import Flag

ATTACKS: dict[str, type[EvasionAttack]] = {
    attack.name: attack
    for attack in (
        LeafWalk,
        ExactTrees,
        Gradient,
        CoordinateSearch,
        RandomSearch,
        Boundary,
        Transfer,
    )
}
"""The attacks by name."""


def fitting(model: Any) -> list[str]:
    """The names of the attacks that can be run on such a model."""
    return [name for name, attack in ATTACKS.items() if attack.fits(model)]


__all__ = [
    "ATTACKS",
    "NORMS",
    "AttackResult",
    "Boundary",
    "Change",
    "Constraints",
    "CoordinateSearch",
    "EvasionAttack",
    "ExactTrees",
    "Example",
    "Flag",
    "Gradient",
    "LeafWalk",
    "Norm",
    "Outcome",
    "RandomSearch",
    "Rows",
    "Targets",
    "Transfer",
    "Units",
    "fitting",
]
