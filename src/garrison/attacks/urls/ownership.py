"""Whose the host of a URL is: what counts as the attacker's own, decided once and for every attack.

An attacker owns the host that its malicious URL already names. Beyond that it owns what it can register or set up by
itself: subdomains of its own registrable domain, and new domains that nobody is known to have. Nothing is looked up.
"""

import functools
from dataclasses import dataclass
from typing import Any, Literal

from garrison.attacks.urls.accepted import ascii_host, flaw_of, is_address
from garrison.attacks.urls.draft import Draft
from garrison.attacks.urls.new_names import taken

Standing = Literal["the same host", "a subdomain of its own", "a new domain"]


@dataclass(frozen=True)
class Judged:
    """Why a host is the attacker's own, ``standing``; or, where that is None, ``why`` it is not."""

    standing: Standing | None
    why: str = ""


@dataclass(frozen=True)
class Owner:
    """Whoever is behind one malicious URL: its ``host`` and registrable ``domain``, in ASCII.

    ``dns`` says whether the names under that domain are the attacker's to make: they are not at an IP address, where a
    service gives names to its customers, and where benign URLs live as well, which is a sign of a site broken into.
    ``others`` are registrable domains of benign URLs.

    >>> owner = Owner.of("http://login.evil.example.com/pay", others=frozenset())
    >>> owner.judge("http://bank.com.example.com/pay").standing
    'a subdomain of its own'
    >>> owner.judge("http://bank.com/pay").why
    "'bank.com' is not known to be free: its name does not end in a drawn token"
    """

    host: str
    domain: str
    dns: bool
    others: frozenset[str]

    @classmethod
    def of(cls, url: str, *, others: frozenset[str]) -> "Owner":
        """The owner of ``url``, of which ``flaw_of`` found nothing."""
        host = _plain(url)
        domain, hosted = registrable(host)
        shared = (
            hosted or not domain or domain in others or bool(taken(domain, others=frozenset(), new=False))
        )
        return cls(host, domain, not shared, others)

    def judge(self, url: str) -> Judged:
        """Whether ``url`` is one that browsers follow to a host of the attacker's own."""
        if flaw := flaw_of(url):
            return Judged(None, flaw)
        host = _plain(url)
        if host == self.host:
            return Judged("the same host")
        domain, hosted = registrable(host)
        if not domain or hosted:
            return Judged(None, f"{host!r} is no name that can be registered")
        if domain == self.domain:
            if self.dns:
                return Judged("a subdomain of its own")
            return Judged(None, f"the names under {domain!r} are not the attacker's")
        why = taken(domain, others=self.others, new=True)
        return Judged(None, why) if why else Judged("a new domain")

    def names(self, draft: Draft) -> bool:
        """Whether the attacker can put names before the host of ``draft``, which is its own."""
        plain = ascii_host(draft.host)
        return self.dns or (plain is not None and plain != self.host and not is_address(plain))


def _plain(url: str) -> str:
    host = Draft.of(url).host
    return host if is_address(host) else ascii_host(host) or host


@functools.cache
def _suffixes() -> Any:
    import tldextract

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@functools.lru_cache(maxsize=65_536)
def registrable(host: str) -> tuple[str, bool]:
    """The registrable domain of a host, "" where there is none, and whether a service gives such names to customers.

    >>> registrable("www.example.co.uk"), registrable("shop.blogspot.com"), registrable("192.0.2.1")
    (('example.co.uk', False), ('shop.blogspot.com', True), ('', False))
    """
    if is_address(host):
        return "", False
    found = _suffixes().extract_str(host)
    if not (found.domain and found.suffix):
        return "", False
    return f"{found.domain}.{found.suffix}", bool(found.is_private)
