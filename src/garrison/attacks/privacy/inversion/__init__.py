"""Model inversion: what somebody who has a model, or may ask it, can draw of the classes that it learnt.

The adversary is an outsider with the final model: its weights (``ConfidenceDescent``, ``PriorDescent``), or its
answers alone (``AskedInversion``). It has none of the data and knows the shape and range of the inputs; the prior
knows besides that they are writing. What comes out is one record for each class, an average of what the model took
for it, and not one person's record, unless a class is one person's.
"""

from garrison.attacks.privacy.inversion.asked import AskedInversion, Space
from garrison.attacks.privacy.inversion.canvas import Canvas, letter_prior, pixels
from garrison.attacks.privacy.inversion.confidence import ConfidenceDescent
from garrison.attacks.privacy.inversion.descent import DescentInversion
from garrison.attacks.privacy.inversion.events import EventSpace
from garrison.attacks.privacy.inversion.judged import Recognised, against_baseline, judge
from garrison.attacks.privacy.inversion.letters import letters
from garrison.attacks.privacy.inversion.result import Inverted
from garrison.attacks.privacy.inversion.target import Differentiable, OfModule
from garrison.attacks.privacy.inversion.with_prior import PriorDescent

INVERSIONS: dict[str, DescentInversion] = {
    attack.name: attack for attack in (ConfidenceDescent(), PriorDescent())
}
"""The attacks with a model's slopes by name, each with a cheap budget."""

__all__ = [
    "INVERSIONS",
    "AskedInversion",
    "Canvas",
    "ConfidenceDescent",
    "DescentInversion",
    "Differentiable",
    "EventSpace",
    "Inverted",
    "OfModule",
    "PriorDescent",
    "Recognised",
    "Space",
    "against_baseline",
    "judge",
    "letter_prior",
    "letters",
    "pixels",
]
