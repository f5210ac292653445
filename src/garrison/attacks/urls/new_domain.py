"""The same page on a fresh domain that reads like a benign one: words of benign folders, and a drawn token."""

import re
from collections.abc import Iterator
from typing import ClassVar

from garrison.attacks.urls.attack import UrlAttack
from garrison.attacks.urls.draft import Draft
from garrison.attacks.urls.new_names import OPEN_SUFFIXES, TOKEN, token
from garrison.attacks.urls.task import Means

_WORD = re.compile(r"[a-z]{3,12}")


class NewDomain(UrlAttack):
    """The host becomes ``words-TOKEN.suffix``, with or without www; path and query stay."""

    name: ClassVar[str] = "new_domain"

    def rewritten(self, draft: Draft, means: Means, *, count: int) -> Iterator[Draft]:
        """One to three words each."""
        for _ in range(count):
            draw = means.draw
            words = _WORD.findall(means.material.folder(draw).lower())[: int(draw.integers(1, 4))]
            name = "-".join([*words, token(draw, TOKEN)])
            host = f"{name}.{draw.choice(OPEN_SUFFIXES)}"
            yield draft.changed("new domain", draft.host, host, host=host, port="")
