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

from garrison.data.casting import plain
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
_PACKED = (4, 16)
"""Bytes of an IPv4 and of an IPv6 address that are not written as text."""
_BINARY = (
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_binary_view,
    pa.types.is_fixed_size_binary,
)
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

        An address is written in one way first: an IPv6 address that stands for an IPv4 address is that one, a zone
        (``%eth0``) goes, and a packed address (4 or 16 bytes in a binary column, or 4 or 16 bytes that are no text)
        is written out. Text that is no address is hashed as it is. Missing and empty values and pseudonyms stay; so
        does any other value that is no valid text, which a schema refuses.
        """
        return self._each(values, odd=False)

    def shown(self, values: pa.Array) -> pa.Array:
        """As ``of``, for refused rows that are kept to be looked at: what is no valid text is hashed as well."""
        return self._each(values, odd=True)

    def in_text(self, text: str) -> str:
        """The text with every IPv4 and IPv6 address in it replaced, and what looks like a damaged one.

        Longer runs of dotted numbers, and of hexadecimal digits and at least five colons, are replaced as a whole.
        """
        return _IN_TEXT.sub(self._replacement, text)

    def _name(self, text: str) -> str:
        if _PSEUDONYM.fullmatch(text):
            return text
        return self._hashed(_normalised(text).encode("utf-8", "surrogatepass"))

    def _hashed(self, message: bytes) -> str:
        return "ip_" + hmac.digest(self.key, message, "sha256").hex()[:32]

    def _each(self, values: pa.Array, *, odd: bool) -> pa.Array:
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        kind = values.type
        if pa.types.is_null(kind):
            return values.cast(pa.string())
        packed = any(is_binary(kind) for is_binary in _BINARY)
        values = plain(values)
        if not pa.types.is_string(values.type):
            values = values.cast(pa.string())
        coded = pc.dictionary_encode(values.view(pa.binary()))
        named = [self._name_bytes(value, packed, odd) for value in coded.dictionary.to_pylist()]
        return pa.array(named, pa.binary()).take(coded.indices).view(pa.string())

    def _name_bytes(self, value: bytes, packed: bool, odd: bool) -> bytes:
        text = _text_of(value)
        if len(value) in _PACKED and (packed or text is None):
            return self._name(_unpacked(value)).encode()
        if text is not None:
            return self._name(text.strip()).encode() if text.strip() else value
        return self._hashed(value).encode() if odd else value

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


def _text_of(value: bytes) -> str | None:
    """The value as text; None for bytes that are no text, as those with a control character in them."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return None
    return None if any(character < " " and not character.isspace() for character in text) else text


def _unpacked(value: bytes) -> str:
    """The address in 4 or 16 bytes: written as text, perhaps filled up with NUL, or packed."""
    text = _text_of(value.rstrip(b"\0"))
    return text.strip() if text and _is_address(text.strip()) else str(ipaddress.ip_address(value))


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
