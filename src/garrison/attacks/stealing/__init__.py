"""Stealing: copies of a detector, made from what it answers.

>>> sorted(ATTACKS)
['known_events', 'mixed_events', 'random_events', 'uncertain_events']
"""

from garrison.attacks.flag import Flag
from garrison.attacks.stealing.attack import COPIES, QUERIES, StealingAttack
from garrison.attacks.stealing.known_events import KnownEvents
from garrison.attacks.stealing.mixed_events import MixedEvents
from garrison.attacks.stealing.random_events import RandomEvents
from garrison.attacks.stealing.result import Copy, StealingResult
from garrison.attacks.stealing.theft import ANSWERS, Answers, Oracle, Theft
from garrison.attacks.stealing.uncertain_events import UncertainEvents

ATTACKS: dict[str, type[StealingAttack]] = {
    attack.name: attack for attack in (KnownEvents, MixedEvents, RandomEvents, UncertainEvents)
}
"""The attacks by name."""

__all__ = [
    "ANSWERS",
    "ATTACKS",
    "COPIES",
    "QUERIES",
    "Answers",
    "Copy",
    "Flag",
    "KnownEvents",
    "MixedEvents",
    "Oracle",
    "RandomEvents",
    "StealingAttack",
    "StealingResult",
    "Theft",
    "UncertainEvents",
]
