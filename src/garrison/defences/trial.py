"""How a draft does on what is kept aside: clean F1, and what is detected of events that an attacker changes."""

from dataclasses import dataclass

import numpy as np

from garrison.attacks.evasion import ATTACKS, EvasionAttack, Gradient, LeafWalk, RandomSearch, Targets
from garrison.attacks.evasion.units import Norm
from garrison.defences.draft import Draft
from garrison.defences.reach import spreads
from garrison.detection import Detector
from garrison.evaluation import metric


@dataclass(frozen=True)
class Trial:
    """Clean F1, detection of malicious events as they are, and after they were changed; shares in [0, 1]."""

    f1: float
    detected: float
    after: float


def quick_attack(detector: Detector, *, norm: Norm, epsilon: float, seed: int) -> EvasionAttack:
    """The attack that knows most of such a model, in its quick form: by its trees, its gradients or its scores."""
    if LeafWalk.fits(detector.model):
        return LeafWalk(detector, norm=norm, epsilon=epsilon, seed=seed, cheapest=False)
    kind = Gradient if Gradient.fits(detector.model) else RandomSearch
    return ATTACKS[kind.name](detector, norm=norm, epsilon=epsilon, seed=seed)


def tried(draft: Draft, detector: Detector, *, norm: Norm, epsilon: float, rows: int, seed: int) -> Trial:
    """Attack ``rows`` malicious events that are kept aside, anew against this very detector."""
    targets = Targets.of(detector, draft.aside.events, rows=rows, seed=seed, spreads=spreads(draft))
    attack = quick_attack(detector, norm=norm, epsilon=epsilon, seed=seed)
    result = attack.run(targets, epsilons=(epsilon,), raw=False)
    scores = detector.model.score(draft.aside.X)
    return Trial(
        f1=metric("f1")(draft.aside.y, scores, detector.threshold.value),
        detected=result.detection_before,
        after=0.0 if np.isnan(result.detection_after) else result.detection_after,
    )
