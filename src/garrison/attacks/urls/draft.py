"""A URL while it is rewritten: its parts, and what was done to them so far."""

import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

from garrison.data.url_host import split_url

_SCHEME = re.compile(r"http(s?)://", re.IGNORECASE)


@dataclass(frozen=True)
class Rewrite:
    """One rewrite, as a person reads it: of which ``kind``, and what was there before and after."""

    kind: str
    before: str
    after: str


@dataclass(frozen=True)
class Draft:
    """The parts of a URL, and the rewrites ``done`` so far, each of which costs 1.

    ``host`` is in lower case, without port, user or final dot.

    >>> draft = Draft.of("http://Example.com/a?b=c")
    >>> draft.changed("user", "", "x", user="x").url
    'http://x@example.com/a?b=c'
    """

    scheme: str
    user: str
    host: str
    port: str
    path: str
    query: str
    fragment: str
    done: tuple[Rewrite, ...] = ()

    @classmethod
    def of(cls, url: str) -> "Draft":
        """The parts of ``url``, of which ``flaw_of`` found nothing; one without a scheme is given ``http``."""
        text = written_out(url)
        parts, ours = urlsplit(text), split_url(text)
        return cls(parts.scheme, ours.user, ours.host, ours.port, parts.path, parts.query, parts.fragment)

    @property
    def url(self) -> str:
        """The whole text."""
        user = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port else ""
        return urlunsplit(
            SplitResult(self.scheme, f"{user}{host}{port}", self.path, self.query, self.fragment)
        )

    @property
    def folder(self) -> str:
        """The path up to and with its last slash: the folder in which the attacker's page lies."""
        return self.path[: self.path.rfind("/") + 1] or "/"

    @property
    def file(self) -> str:
        """The path after its last slash."""
        return self.path[self.path.rfind("/") + 1 :]

    def changed(self, kind: str, before: str, after: str, **parts: Any) -> "Draft":
        """With other parts, and one rewrite more."""
        return replace(self, **parts, done=(*self.done, Rewrite(kind, before, after)))


def written_out(url: str) -> str:
    """``url`` with a scheme: browsers read what has none as http.

    >>> written_out("example.com:8080/x")
    'http://example.com:8080/x'
    """
    return url if split_url(url).scheme else "http://" + url.lstrip("/")


def harmless(text: str) -> str:
    """A URL as it can be shown without becoming a link, nor any URL within it.

    >>> harmless("https://a.example.com/login?next=http://b")
    'hxxps://a[.]example[.]com/login?next=hxxp://b'
    >>> harmless("example.com/login")
    'hxxp://example[.]com/login'
    """
    scheme, mark, rest = _SCHEME.sub(r"hxxp\1://", text).partition("://")
    if not mark or re.search(r"[/?#]", scheme):  # a browser reads a name alone as a host
        if "." not in re.split(r"[/?#]", text.lstrip("/"), maxsplit=1)[0]:
            return text
        scheme, _, rest = _SCHEME.sub(r"hxxp\1://", written_out(text)).partition("://")
    place = next((at for at, letter in enumerate(rest) if letter in "/?#"), len(rest))
    return f"{scheme}://{rest[:place].replace('.', '[.]')}{rest[place:]}"
