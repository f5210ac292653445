"""The parts of a URL, read from the text alone.

Nothing here resolves a name or opens an address. The suffix list is the one that tldextract carries in its
package.
"""

import functools
import re
from typing import Any, NamedTuple

_URL = re.compile(
    r"(?:([a-z][a-z0-9+.\-]*)://|//)?"  # scheme
    r"([^/?#\\]*)"  # user, host and port
    r"([^?#]*)"  # path
    r"(?:\?([^#]*))?"  # query
    r"(?:\#(.*))?",  # fragment
    re.IGNORECASE | re.DOTALL,
)
_PORT = re.compile(r":(\d*)\Z")
_EDGES = "".join(map(chr, range(33))) + "'\"<>\x7f"


class UrlParts(NamedTuple):
    """The pieces of one URL; every piece is a string, empty where the URL has none."""

    scheme: str
    user: str
    host: str
    port: str
    path: str
    query: str
    fragment: str


def split_url(url: str) -> UrlParts:
    """What the parts of a URL are, for any string at all; never raises.

    A URL without a scheme is read as if it had one. A backslash ends the host, as it does in browsers.
    White space and quotation marks around the URL are dropped.

    >>> split_url("http://user@Example.com:8080/a?c#e")
    UrlParts(scheme='http', user='user', host='example.com', port='8080', path='/a', query='c', fragment='e')
    >>> split_url("example.com/x").host
    'example.com'
    """
    found = _URL.match(url.strip(_EDGES))
    scheme, authority, path, query, fragment = found.groups("") if found else ("",) * 5
    user, _, place = authority.rpartition("@")
    port = ""
    if ":" in place and (number := _PORT.search(place)):
        port = number.group(1)
        place = place[: number.start()]
    host = place.strip("[]").rstrip(".").lower()
    return UrlParts(scheme.lower(), user, host, port, path, query, fragment)


def host_of(url: str) -> str:
    """Which host a URL names: lower case, without user, port, brackets or final dot; "" when it names none.

    >>> host_of("https://user:secret@WWW.Example.com.:443/login")
    'www.example.com'
    >>> host_of("")
    ''
    """
    return split_url(url).host


@functools.cache
def _suffixes() -> Any:
    import tldextract

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


class HostNames(NamedTuple):
    """A host cut at its public suffix; ``domain`` is "" for an IP address or a name with no known suffix."""

    subdomain: str
    domain: str
    suffix: str


@functools.lru_cache(maxsize=65_536)
def split_host(host: str) -> HostNames:
    """Where a host's public suffix and registered name are, by the suffix list in the package; never raises.

    >>> split_host("a.b.example.co.uk")
    HostNames(subdomain='a.b', domain='example', suffix='co.uk')
    """
    found = _suffixes().extract_str(host.encode("utf-8", "replace").decode("utf-8"))
    return HostNames(found.subdomain, found.domain if found.suffix else "", found.suffix)


def registered_domain(url: str) -> str:
    """Which registered domain a URL belongs to; the host itself where it has none, as an IP address.

    >>> registered_domain("http://login.example.co.uk/x")
    'example.co.uk'
    >>> registered_domain("http://192.0.2.1/x")
    '192.0.2.1'
    """
    host = host_of(url)
    names = split_host(host)
    return f"{names.domain}.{names.suffix}" if names.domain else host
