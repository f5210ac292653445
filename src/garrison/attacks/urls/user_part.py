"""A benign host as the user: ``https://www.bank.example@evil.tld/`` leads to ``evil.tld``.

By RFC 3986, section 3.2.1, all before the @ is the user; section 7.6 warns of exactly this. Browsers follow such
links without showing the user; some ask first.
"""

from collections.abc import Iterator
from typing import ClassVar

from garrison.attacks.urls.attack import UrlAttack
from garrison.attacks.urls.draft import Draft
from garrison.attacks.urls.task import Means


class UserPart(UrlAttack):
    """A benign host, with or without a folder of it, becomes the user of a URL that has none; once more, it grows."""

    name: ClassVar[str] = "user_part"

    def rewritten(self, draft: Draft, means: Means, *, count: int) -> Iterator[Draft]:
        """Half of them with a host alone; a folder follows a colon, since a slash would end the user."""
        for place in range(count):
            host, folder = means.material.host(means.draw), means.material.folder(means.draw)
            user = f"{host}:{folder}" if place % 2 else host
            if draft.user:
                user = f"{draft.user}{'-' if ':' in draft.user else ':'}{folder}"
            yield draft.changed("user", draft.user, user, user=user)
