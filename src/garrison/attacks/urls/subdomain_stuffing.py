"""Names of benign hosts before the attacker's own: ``www.bank.example.evil.tld`` still belongs to ``evil.tld``."""

from collections.abc import Iterator
from typing import ClassVar

from garrison.attacks.urls.attack import UrlAttack
from garrison.attacks.urls.draft import Draft
from garrison.attacks.urls.task import Means


class SubdomainStuffing(UrlAttack):
    """A benign host, one label of it, or all of it as one label, is put before the host."""

    name: ClassVar[str] = "subdomain_stuffing"

    def rewritten(self, draft: Draft, means: Means, *, count: int) -> Iterator[Draft]:
        """Of drafts whose names are the attacker's to make; of others none."""
        if not means.owner.names(draft):
            return
        own = draft.host.removeprefix("www.")
        for place in range(count):
            benign = means.material.host(means.draw)
            labels = benign.removeprefix("www.").split(".")
            stuffed = (benign, labels[0], "-".join(labels))[place % 3]
            host = f"{stuffed}.{own}"
            yield draft.changed("subdomain", draft.host, host, host=host)
