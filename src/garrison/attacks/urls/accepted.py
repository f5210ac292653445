"""Whether a text is a URL that browsers follow, and that every parser reads alike; looked at from the text alone.

The rules are those of RFC 3986, of the WHATWG URL standard for hosts, and of UTS 46 for names beyond ASCII; where they
differ, the stricter one.
"""

import functools
import ipaddress
import re
from urllib.parse import urlsplit

from garrison.attacks.urls.draft import written_out
from garrison.data.url_host import split_url

LONGEST = 2_048
"""Characters of a URL that browsers, servers and mail programs all take."""
LONGEST_HOST = 253

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_BARRED = re.compile(
    r"[\x00-\x20\x7f-\xa0\\\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ud800-\udfff]"
)


def flaw_of(url: str) -> str:
    """Why browsers would not follow ``url`` as it is written; empty where they would.

    >>> flaw_of("https://www.example.com/login"), flaw_of("http://-example.com/")
    ('', "'-example' is no name of a host")
    """
    if not url or len(url) > LONGEST:
        return f"it has {len(url):,} characters, and not 1 to {LONGEST:,}"
    if _BARRED.search(url):
        return "it holds a space, a control character or a backslash"
    return _flaw_of_parts(written_out(url))


def _flaw_of_parts(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        return f"it cannot be parsed: {error}"
    if parts.scheme not in ("http", "https") or port == 0:
        return f"its scheme is {parts.scheme!r}, its port {port}"
    if not host or host != split_url(text).host:
        return "parsers do not agree on its host"
    if "@" in parts.netloc.rpartition("@")[0]:
        return "its user holds an @"
    return _flaw_of_host(host)


@functools.lru_cache(maxsize=65_536)
def _flaw_of_host(host: str) -> str:
    if is_address(host):
        return ""
    plain = ascii_host(host)
    if plain is None:
        return "its host is no valid international name"
    labels = plain.split(".")
    if len(labels) < 2 or len(plain) > LONGEST_HOST:
        return f"its host has {len(labels)} label(s) and {len(plain)} characters"
    for label in labels:
        if not _LABEL.fullmatch(label) or (label[2:4] == "--" and not label.startswith("xn--")):
            return f"{label!r} is no name of a host"
    return f"{labels[-1]!r} is read as a number" if _NUMBER.fullmatch(labels[-1]) else ""


def is_address(host: str) -> bool:
    """Whether the host is an IP address, written as such."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@functools.lru_cache(maxsize=65_536)
def ascii_host(host: str) -> str | None:
    """The host as it is looked up, each label in ASCII; None where a label is no valid name.

    >>> ascii_host("b\\u00fccher.example")
    'xn--bcher-kva.example'
    """
    labels = [_ascii_label(label) for label in host.split(".")]
    return None if None in labels else ".".join(label for label in labels if label is not None)


@functools.lru_cache(maxsize=65_536)
def _ascii_label(label: str) -> str | None:
    import idna

    if label.isascii() and not label.startswith("xn--"):
        return label or None
    try:
        found = idna.encode(label, uts46=True).decode()
        idna.decode(found)
    except (idna.IDNAError, UnicodeError, IndexError):
        return None
    return found


@functools.lru_cache(maxsize=65_536)
def shown_label(label: str) -> str:
    """A label as letters: what ``xn--`` stands for; any other as it is."""
    import idna

    try:
        return idna.decode(label) if label.startswith("xn--") else label
    except (idna.IDNAError, UnicodeError, IndexError):
        return label
