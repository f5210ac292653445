"""A short link that redirects to the page, on a short domain of the attacker's own.

A link of a public shortening service, or an open redirect of another site, names a host that is not the attacker's,
which its owner can switch off: such URLs are not counted. Registering a short domain and redirecting from it is what
an attacker can do alone.
"""

from collections.abc import Iterator
from typing import ClassVar

from garrison.attacks.urls.attack import UrlAttack
from garrison.attacks.urls.draft import Draft
from garrison.attacks.urls.new_names import OPEN_SUFFIXES, TOKEN, token
from garrison.attacks.urls.task import Means

FOLDERS = ("", "", "", "s/", "go/", "l/")


class ShortLink(UrlAttack):
    """The whole URL becomes ``http://TOKEN.suffix/TOKEN``; once more, and the token is longer."""

    name: ClassVar[str] = "short_link"

    def rewritten(self, draft: Draft, means: Means, *, count: int) -> Iterator[Draft]:
        """Of a URL to which nothing was done short links, of a short link longer ones."""
        draw, linked = means.draw, any(each.kind == "short link" for each in draft.done)
        for _ in range(count if linked or not draft.done else 0):
            if linked:
                path = f"{draft.path}{token(draw, int(draw.integers(4, 25)))}"
                yield draft.changed("longer token", draft.path, path, path=path)
                continue
            host = f"{token(draw, TOKEN)}.{draw.choice(OPEN_SUFFIXES)}"
            path = f"/{draw.choice(FOLDERS)}{token(draw, int(draw.integers(4, 13)))}"
            changed = {"host": host, "path": path, "user": "", "port": "", "query": "", "fragment": ""}
            yield draft.changed("short link", draft.host, f"{host}{path}", **changed)
