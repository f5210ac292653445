"""Adversarial training: learn from what an attacker makes of the training events, and again from what is made then.

Szegedy et al. 2014 and Madry et al. 2018 for networks; here for any family, within the constraints of the features
file. Each round adds, for every malicious event, the imitation of benign ones that the detector scores lowest, and for
some what an attack that knows the model makes of them. The round that is kept is chosen on events kept aside.
"""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from garrison.attacks.evasion import NORMS, Targets
from garrison.attacks.evasion.units import Norm
from garrison.defences.defence import Defence
from garrison.defences.draft import Draft, Floats
from garrison.defences.reach import imitations, lowest, spreads
from garrison.defences.trial import Trial, quick_attack, tried
from garrison.detection import Detector
from garrison.errors import SettingsError
from garrison.progress import progress

STILL = 0.01
"""Less gain in detection than this is none."""
PATIENCE = 2
"""Rounds without gain, or too dear, after which it ends."""


class AdversarialTraining(Defence):
    """Up to ``rounds`` rounds of attack and learning against changes of ``epsilon`` standard deviations by ``norm``.

    ``pool`` imitations are tried for each event, and ``sharp`` events are attacked by what knows the model best;
    ``weight`` is what all made events weigh, in parts of the malicious ones. Of the rounds whose clean F1 on what is
    kept aside is at most ``loss`` below that before, the one is kept that detects most of ``check`` attacked events.
    """

    name: ClassVar[str] = "adversarial_training"
    does: ClassVar[str] = "learns from what an attacker makes of the training events"

    def __init__(
        self,
        *,
        epsilon: float = 2.0,
        norm: Norm = "linf",
        rounds: int = 4,
        pool: int = 16,
        sharp: int = 500,
        weight: float = 0.4,
        loss: float = 0.01,
        check: int = 100,
    ) -> None:
        if norm not in NORMS:
            raise SettingsError(f"there is no norm {norm!r}", expected="one of " + ", ".join(NORMS))
        self.norm = norm
        self.epsilon = float(self._number("epsilon", epsilon, low=1e-6, high=1e6))
        self.rounds = int(self._number("rounds", rounds, low=1, high=100, whole=True))
        self.pool = int(self._number("pool", pool, low=1, high=1000, whole=True))
        self.sharp = int(self._number("sharp", sharp, low=0, high=1_000_000, whole=True))
        self.weight = float(self._number("weight", weight, low=1e-6, high=100))
        self.loss = float(self._number("loss", loss, low=0, high=1))
        self.check = int(self._number("check", check, low=1, high=100_000, whole=True))

    def apply(self, draft: Draft) -> Draft:
        """Round after round, until the attack stands still, quality costs too much, or rounds are used up."""
        detector = draft.detector()
        kept, now = draft, draft
        first = best = self._tried(draft, detector)
        told: list[dict[str, Any]] = [_row(0, 0, first)]
        waited = 0
        with progress(self.name, total=self.rounds) as advance:
            for round_ in range(1, self.rounds + 1):
                made = self._made(now, detector, seed=draft.seed + round_)
                if not len(made):
                    break
                added = made if now.added is None else np.concatenate([now.added, made])
                now = replace(now, added=added, added_weight=self.weight)
                detector = now.detector()
                trial = self._tried(draft, detector)
                told.append(_row(round_, len(added), trial))
                affordable = trial.f1 >= first.f1 - self.loss
                waited = 0 if affordable and trial.after >= best.after + STILL else waited + 1
                if affordable and trial.after > best.after:
                    kept, best = now, trial
                advance(1)
                if waited >= PATIENCE:
                    break
        words = (
            f"on events kept aside, detection within {self.epsilon:g} rose from {first.after:.3f} to {best.after:.3f} "
            f"and clean F1 went from {first.f1:.3f} to {best.f1:.3f}"
        )
        return kept.noted(self.name, words, rounds=told, added=0 if kept.added is None else len(kept.added))

    def _tried(self, draft: Draft, detector: Detector) -> Trial:
        return tried(
            draft, detector, norm=self.norm, epsilon=self.epsilon, rows=self.check, seed=draft.seed + 1
        )

    def _made(self, draft: Draft, detector: Detector, *, seed: int) -> Floats:
        """Malicious events of the training part as an attacker would have them, as numbers (m, d)."""
        unit = spreads(draft)
        targets = Targets.of(detector, draft.learnt.events, rows=None, seed=seed, spreads=unit)
        tries, origin = imitations(
            detector, targets, norm=self.norm, epsilon=self.epsilon, each=self.pool, seed=seed
        )
        found = [lowest(detector, tries, origin)]
        if self.sharp:
            some = Targets.of(detector, draft.learnt.events, rows=self.sharp, seed=seed, spreads=unit)
            attack = quick_attack(detector, norm=self.norm, epsilon=self.epsilon, seed=seed)
            events, _ = attack.made(some)
            if events.num_rows:
                found.append(detector.processor.transform(events))
        return np.concatenate(found)


def _row(number: int, added: int, trial: Trial) -> dict[str, Any]:
    return {"round": number, "added": added, "f1": trial.f1, "detected": trial.after}
