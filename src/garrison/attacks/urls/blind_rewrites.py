"""Random rows of rewrites, and verdicts alone: an attacker who only sees which of its links still arrive."""

from typing import Any, ClassVar

from garrison.attacks.urls.rewrite_search import RewriteSearch
from garrison.attacks.urls.search import Found, by_verdict
from garrison.attacks.urls.task import UrlTask


class BlindRewrites(RewriteSearch):
    """All rewrites, drawn at random: one each at first, then rows of two, and so on."""

    name: ClassVar[str] = "blind_rewrites"
    knowledge = "verdicts on any event"
    queries: ClassVar[int] = 300
    at_once: ClassVar[int] = 32

    def search(self, task: UrlTask, oracle: Any) -> Found:
        """Each URL until the first that passes."""
        return by_verdict(task, oracle, self.rewritten, count=self.at_once)
