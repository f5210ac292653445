"""Gradient inversion: what a server that sees one party's update can make of it, though it never sees the data.

The adversary is the curious server of federated training. It follows the protocol, knows the architecture, the
weights that it sent out and those that came back, and how the party was told to train; it may reckon as long as it
likes and asks nothing. What protects the party is then another observation: with differential privacy the weights
that come back are noisy, behind a secure aggregation they are the mean over ``parties``.
"""

from garrison.attacks.privacy.gradient_inversion.attack import GradientInversion
from garrison.attacks.privacy.gradient_inversion.cosine import CosineInversion
from garrison.attacks.privacy.gradient_inversion.deep_leakage import DeepLeakage
from garrison.attacks.privacy.gradient_inversion.first_layer import FirstLayer
from garrison.attacks.privacy.gradient_inversion.functional import gradient_of
from garrison.attacks.privacy.gradient_inversion.judged import Recovered, judge
from garrison.attacks.privacy.gradient_inversion.labels import guessed_counts, labels_of
from garrison.attacks.privacy.gradient_inversion.result import Reconstructed
from garrison.attacks.privacy.gradient_inversion.spear import Spear
from garrison.attacks.privacy.gradient_inversion.unrolled import UnrolledInversion
from garrison.attacks.privacy.gradient_inversion.update import LocalSteps, SeenUpdate

GRADIENT_INVERSIONS: dict[str, GradientInversion] = {
    attack.name: attack
    for attack in (FirstLayer(), Spear(), DeepLeakage(), CosineInversion(), UnrolledInversion())
}
"""The attacks by name, each with a cheap budget."""

__all__ = [
    "GRADIENT_INVERSIONS",
    "CosineInversion",
    "DeepLeakage",
    "FirstLayer",
    "GradientInversion",
    "LocalSteps",
    "Reconstructed",
    "Recovered",
    "SeenUpdate",
    "Spear",
    "UnrolledInversion",
    "gradient_of",
    "guessed_counts",
    "judge",
    "labels_of",
]
