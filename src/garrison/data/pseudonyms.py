"""Keyed pseudonyms for addresses: the same host has the same name, and nobody without the key can say which host.

A plain hash of an IPv4 address is no pseudonym: there are only 4,294,967,296 of them, so that whoever has the hash
tries them all in minutes on one machine. An HMAC under a secret key cannot be tried without the key. Whoever has
the key can: keep it away from the data, and throw it away when nobody needs to find a host again.
"""

import hmac
import ipaddress
import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from garrison.errors import UsageError

SHORTEST_KEY = 32
"""Bytes that a key has at least."""

_PSEUDONYM = re.compile(r"ip_[0-9a-f]{32}")
_IN_TEXT = re.compile(
    r"(?P<pseudonym>ip_[0-9a-f]{32}(?![0-9a-f]))|(?<![0-9A-Fa-f:.])[0-9A-Fa-f]*[:.][0-9A-Fa-f:.]*"
)
_DOTTED = re.compile(r"(?<![0-9])[0-9]+(?:\.[0-9]+){3,}")
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(?:\.(?!\Z)|\Z)){4}")
_BARE = re.compile(r"((?:\.|:(?!:(?!:)))*)(.*?)((?:\.|(?<!(?<!:):):)*)", re.DOTALL)
_FEWEST_COLONS = 5
_LONGEST_RUN = 100


@dataclass(frozen=True, repr=False)
class Pseudonyms:
    """Names for addresses under one key: ``ip_`` and the first 32 hexadecimal digits of an HMAC-SHA-256.

    >>> pseudonyms = Pseudonyms(bytes(range(32)))
    >>> names = pseudonyms.of(pa.array(["10.0.0.1", "::ffff:10.0.0.1", None]))
    >>> names[0].as_py(), names[0] == names[1], names[2].is_valid
    ('ip_b099caabef71bab39d1a6710cde96191', True, False)
    >>> pseudonyms.in_text("from 10.0.0.1:443, refused")
    'from ip_b099caabef71bab39d1a6710cde96191:443, refused'
    """

    key: bytes

    def __post_init__(self) -> None:
        if len(self.key) < SHORTEST_KEY:
            raise UsageError(
                f"the key for pseudonyms has only {len(self.key)} bytes",
                expected=f"at least {SHORTEST_KEY} random bytes",
                remedy="make one: python -c 'import secrets; print(secrets.token_hex(32))'",
            )

    def __repr__(self) -> str:
        """Which key it is, without the key."""
        return f"Pseudonyms(fingerprint={self.fingerprint!r})"

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that tell keys apart and say nothing about the key: safe to show and to keep."""
        return hmac.digest(self.key, b"\0fingerprint", "sha256").hex()[:8]

    def of(self, values: pa.Array) -> pa.Array:
        """The pseudonyms of a column, each distinct value looked at once; strings, in the same order.

        An address is written in one way first: an IPv6 address that stands for an IPv4 address is that one, and
        a zone (``%eth0``) goes. Text that is no address is hashed as it is. Missing and empty values and
        pseudonyms stay; so does what is no valid text, which a schema refuses.
        """
        if pa.types.is_null(values.type):
            return values.cast(pa.string())
        if not (pa.types.is_string(values.type) or pa.types.is_binary(values.type)):
            values = values.cast(pa.string())
        coded = pc.dictionary_encode(values.cast(pa.binary()))
        named = [self._name_bytes(value) for value in coded.dictionary.to_pylist()]
        return pa.array(named, pa.binary()).take(coded.indices).view(pa.string())

    def in_text(self, text: str) -> str:
        """The text with every IPv4 and IPv6 address in it replaced, and what looks like a damaged one.

        Longer runs of dotted numbers, and of hexadecimal digits and at least five colons, are replaced as a whole.
        """
        return _IN_TEXT.sub(self._replacement, text)

    def _name(self, text: str) -> str:
        if _PSEUDONYM.fullmatch(text):
            return text
        message = _normalised(text).encode("utf-8", "surrogatepass")
        return "ip_" + hmac.digest(self.key, message, "sha256").hex()[:32]

    def _name_bytes(self, value: bytes) -> bytes:
        if not value.strip() or b"\0" in value:
            return value
        try:
            return self._name(value.decode().strip()).encode()
        except UnicodeDecodeError:
            return value

    def _replacement(self, found: re.Match[str]) -> str:
        run = found[0]
        if found["pseudonym"]:
            return run
        if run.count(":") < 2:
            return _DOTTED.sub(lambda part: self._name(part[0]), run)
        if len(run) > _LONGEST_RUN:
            return self._name(run)
        lead, core, tail = _BARE.fullmatch(run).groups()  # type: ignore[union-attr]  # it matches any text
        if _is_address(core) or "::" in core or core.count(":") >= _FEWEST_COLONS:
            return lead + self._name(core) + tail
        return _DOTTED.sub(lambda part: self._name(part[0]), run)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _normalised(text: str) -> str:
    if _IPV4.fullmatch(text):
        return text
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    if isinstance(address, ipaddress.IPv6Address):
        without_zone = ipaddress.IPv6Address(int(address)) if address.scope_id else address
        return str(address.ipv4_mapped or without_zone)
    return str(address)
