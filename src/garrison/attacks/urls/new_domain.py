"""The same page on a fresh domain that reads like a benign one: words of benign folders, and a drawn token."""

import re
from collections.abc import Iterator
from typing import ClassVar

from garrison.attacks.urls.accepted import ascii_host
from garrison.attacks.urls.attack import UrlAttack
from garrison.attacks.urls.draft import Draft
from garrison.attacks.urls.new_names import OPEN_SUFFIXES, TOKEN, token
from garrison.attacks.urls.task import Means

_WORD = re.compile(r"[a-z]{3,12}")


class NewDomain(UrlAttack):
    """The host becomes ``words-TOKEN.suffix``, path and query stay; once more, and the name has a word more."""

    name: ClassVar[str] = "new_domain"

    def rewritten(self, draft: Draft, means: Means, *, count: int) -> Iterator[Draft]:
        """With one to three words each, while the host is still the first one; of a new domain longer ones."""
        own, draw = ascii_host(draft.host) == means.owner.host, means.draw
        longer = any(each.kind == "new domain" for each in draft.done) and draft.host.count(".") == 1
        for _ in range(count if own or longer else 0):
            words = _WORD.findall(means.material.folder(draw).lower())[: int(draw.integers(1, 4))]
            if longer:
                if words:
                    host = f"{words[0]}-{draft.host}"
                    yield draft.changed("longer name", draft.host, host, host=host)
                continue
            name = "-".join([*words, token(draw, TOKEN)])
            host = f"{name}.{draw.choice(OPEN_SUFFIXES)}"
            yield draft.changed("new domain", draft.host, host, host=host, port="")
