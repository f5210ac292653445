"""What a search for URLs is given."""

from dataclasses import dataclass

import numpy as np

from garrison.attacks.evasion.budget import Budget
from garrison.attacks.urls.draft import Draft
from garrison.attacks.urls.material import Material
from garrison.attacks.urls.ownership import Owner


@dataclass(frozen=True)
class Means:
    """What an attacker has for one URL: what it owns, what it has seen, and its dice."""

    owner: Owner
    material: Material
    draw: np.random.Generator


@dataclass(frozen=True)
class UrlTask:
    """Flagged URLs as drafts, each with its attacker's means, ``most`` rewrites of each, and what may be spent."""

    drafts: tuple[Draft, ...]
    means: tuple[Means, ...]
    most: int
    budget: Budget

    def counts(self, draft: Draft, at: int) -> bool:
        """Whether a browser follows ``draft`` to a host of the attacker's own, and it costs no more than is there."""
        return len(draft.done) <= self.most and self.means[at].owner.judge(draft.url).standing is not None
