"""Every rewrite there is, each step the one that lowers the score most: what a patient attacker would do."""

from collections.abc import Iterator
from functools import cached_property
from typing import ClassVar

from garrison.attacks.urls.attack import UrlAttack
from garrison.attacks.urls.draft import Draft
from garrison.attacks.urls.task import Means


class RewriteSearch(UrlAttack):
    """All other attacks together, with as many drafts of each at every step."""

    name: ClassVar[str] = "rewrite_search"
    whole: ClassVar[bool] = True
    queries: ClassVar[int] = 2_000

    def rewritten(self, draft: Draft, means: Means, *, count: int) -> Iterator[Draft]:
        """``count`` of each of the others."""
        for attack in self._others:
            yield from attack.rewritten(draft, means, count=count)

    @cached_property
    def _others(self) -> tuple[UrlAttack, ...]:
        from garrison.attacks.urls import ATTACKS

        return tuple(
            attack(self.detector, epsilon=self.epsilon) for attack in ATTACKS.values() if not attack.whole
        )
