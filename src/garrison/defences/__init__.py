"""Defences: what makes a detector harder to evade, or to poison, and what that costs in clean quality."""

from garrison.defences.adversarial_training import AdversarialTraining
from garrison.defences.defence import Defence
from garrison.defences.draft import Draft, Known, Note
from garrison.defences.fortify import fortify
from garrison.defences.monotone import Monotone
from garrison.defences.names import DEFENCES, named
from garrison.defences.price import Line, Price, price_of
from garrison.defences.rejection import Rejection
from garrison.defences.robust_features import RobustFeatures
from garrison.defences.sanitising import Sanitising

__all__ = [
    "DEFENCES",
    "AdversarialTraining",
    "Defence",
    "Draft",
    "Known",
    "Line",
    "Monotone",
    "Note",
    "Price",
    "Rejection",
    "RobustFeatures",
    "Sanitising",
    "fortify",
    "named",
    "price_of",
]
