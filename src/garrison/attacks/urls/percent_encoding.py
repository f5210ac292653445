"""Letters of path and query as ``%XX``: another text, and by RFC 3986, section 6.2.2.2, the same resource.

The host is never encoded. What is encoded already stays as it is.
"""

import re
from collections.abc import Iterator
from typing import ClassVar

from garrison.attacks.urls.attack import UrlAttack
from garrison.attacks.urls.draft import Draft
from garrison.attacks.urls.task import Means

_WORD = re.compile(r"(?<!%)(?<!%[0-9A-Fa-f])[A-Za-z0-9]{2,}")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class PercentEncoding(UrlAttack):
    """One word of path or query is encoded: one letter of it, or all."""

    name: ClassVar[str] = "percent_encoding"

    def rewritten(self, draft: Draft, means: Means, *, count: int) -> Iterator[Draft]:
        """Half of them with one letter encoded, half with a whole word."""
        parts = [
            (name, found) for name in ("path", "query") for found in _WORD.finditer(getattr(draft, name))
        ]
        if not parts:
            return
        for place in range(count):
            name, found = parts[int(means.draw.integers(0, len(parts)))]
            text, word = getattr(draft, name), found[0]
            at = int(means.draw.integers(0, len(word)))
            coded = word[:at] + _coded(word[at]) + word[at + 1 :] if place % 2 else _coded(word)
            changed = text[: found.start()] + coded + text[found.end() :]
            yield draft.changed("percent-encoding", word, coded, **{name: changed})


def _coded(text: str) -> str:
    return "".join(f"%{ord(letter):02X}" for letter in text)


def same_resource(one: Draft, other: Draft) -> bool:
    """Whether two URLs are the same by RFC 3986: equal but for the encoding of letters that need none.

    >>> same_resource(Draft.of("http://a.example/%6Cogin"), Draft.of("http://a.example/login"))
    True
    """
    return _normal(one) == _normal(other)


def _normal(draft: Draft) -> tuple[str, ...]:
    def plain(text: str) -> str:
        return _ESCAPE.sub(lambda found: _decoded(found[1]), text)

    return (
        draft.scheme,
        draft.user,
        draft.host,
        draft.port,
        plain(draft.path),
        plain(draft.query),
        draft.fragment,
    )


def _decoded(digits: str) -> str:
    letter = chr(int(digits, 16))
    return letter if letter in _UNRESERVED else f"%{digits.upper()}"
