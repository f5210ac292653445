"""Robust features: leave out what a cheap attacker can make look benign.

Zhang, Chan, Biggio, Yeung and Roli, "Adversarial Feature Selection Against Evasion Attacks", IEEE Transactions on
Cybernetics 2016, weigh how well features tell classes apart against how easily that is undone. Here inputs are ordered
by how much of what each tells alone is lost to a cheap attacker, and how many of them are left out is chosen by an
attack on events kept aside, at a bounded loss of clean quality.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from garrison.attacks.evasion import Targets
from garrison.defences.defence import Defence
from garrison.defences.draft import Draft, Floats
from garrison.defences.reach import imitations, movable_inputs, spreads
from garrison.defences.trial import tried
from garrison.detection import Detector
from garrison.errors import SettingsError

TRIES = 8
"""Imitations an event, of which the one nearest to what is benign says how far an input can be moved."""


class RobustFeatures(Defence):
    """Hide ``shares`` of the inputs an attacker can move, those that lose most first, and keep the best of the drafts.

    The best detects most of ``check`` attacked events within ``epsilon`` (largest change), among those whose clean F1
    on what is kept aside is at most ``loss`` below that before.
    """

    name: ClassVar[str] = "robust_features"
    does: ClassVar[str] = "leaves out features that a cheap attacker can make look benign"

    def __init__(
        self,
        *,
        epsilon: float = 2.0,
        shares: Sequence[float] = (0.25, 0.5, 0.75, 1.0),
        loss: float = 0.01,
        check: int = 100,
    ) -> None:
        self.epsilon = float(self._number("epsilon", epsilon, low=1e-6, high=1e6))
        if not isinstance(shares, list | tuple) or not shares:
            raise SettingsError(f"shares is {shares!r}", expected="a list of numbers, as [0.5, 1.0]")
        self.shares = [float(self._number("shares", share, low=0, high=1)) for share in shares]
        self.loss = float(self._number("loss", loss, low=0, high=1))
        self.check = int(self._number("check", check, low=1, high=100_000, whole=True))

    def apply(self, draft: Draft) -> Draft:
        """Order, try, and keep the best."""
        detector = draft.detector()
        order, lost = self._ordered(draft, detector)
        first = best = tried(
            draft, detector, norm="linf", epsilon=self.epsilon, rows=self.check, seed=draft.seed + 1
        )
        kept = draft
        told: list[dict[str, Any]] = [{"hidden": [], "f1": first.f1, "detected": first.after}]
        for count in sorted({round(share * len(order)) for share in self.shares} - {0}):
            hidden = tuple(sorted({*draft.hidden, *order[:count]}))
            with_less = replace(draft, hidden=hidden)
            trial = tried(
                draft,
                with_less.detector(),
                norm="linf",
                epsilon=self.epsilon,
                rows=self.check,
                seed=draft.seed + 1,
            )
            names = [draft.processor.names[place] for place in order[:count]]
            told.append({"hidden": names, "f1": trial.f1, "detected": trial.after})
            if trial.f1 >= first.f1 - self.loss and trial.after > best.after:
                kept, best = with_less, trial
        names = [draft.processor.names[place] for place in kept.hidden if place not in draft.hidden]
        words = f"{len(names)} of {len(order)} inputs that an attacker can move are left out"
        if names:
            words += f" ({', '.join(names[:8])}{', …' if len(names) > 8 else ''})"
        facts = {draft.processor.names[place]: lost[place] for place in order}
        return kept.noted(self.name, words, tried=told, lost=facts, hidden=names)

    def _ordered(self, draft: Draft, detector: Detector) -> tuple[list[int], dict[int, float]]:
        """The inputs that can be moved, what loses most first, and how much each loses."""
        targets = Targets.of(
            detector, draft.aside.events, rows=1_000, seed=draft.seed + 1, spreads=spreads(draft)
        )
        X, origin = imitations(
            detector, targets, norm="linf", epsilon=self.epsilon, each=TRIES, seed=draft.seed
        )
        benign, malicious = draft.aside.X[~draft.aside.y], draft.aside.X[draft.aside.y]
        places = [place for place in movable_inputs(draft) if place not in draft.hidden]
        lost = {}
        for place in places:
            middle = float(np.median(benign[:, place]))
            near = _nearest(X[:, place], origin, middle) if len(X) else malicious[:, place]
            before = told_apart(malicious[:, place], benign[:, place])
            lost[place] = before - told_apart(near, benign[:, place])
        return sorted(places, key=lambda place: -lost[place]), lost


def _nearest(values: Floats, origin: Any, middle: float) -> Floats:
    """For each origin the value that lies nearest to ``middle``."""
    order = np.lexsort((np.abs(values - middle), origin))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = origin[order][1:] != origin[order][:-1]
    return np.asarray(values[order[first]])


def told_apart(one: Floats, other: Floats) -> float:
    """How well two samples are told apart by their values alone: |2 AUC - 1|, from 0 (not at all) to 1.

    >>> told_apart(np.array([3.0, 4.0]), np.array([1.0, 2.0])), told_apart(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    (1.0, 0.0)
    """
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([one, other]))
    area = (ranks[: len(one)].sum() - len(one) * (len(one) + 1) / 2) / (len(one) * len(other))
    return abs(2 * float(area) - 1)
