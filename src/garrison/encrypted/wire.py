"""What goes between client and server: a header that says what it is, the encrypted parts, and a digest of all.

::

    8 bytes    GARRENC1
    4 bytes    the length of the header
    …          the header, JSON: what kind of thing it is, and its facts
    4 + …      each part behind its length
    32 bytes   the SHA-256 of everything before

Integers are little-endian. Nothing is unpickled; every length is checked before anything is read that is as long. The
digest shows what was cut short or changed by accident; it is no signature.
"""

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from garrison.errors import EncryptionError

MAGIC = b"GARRENC1"
FILE_MAGIC = b"GARRENF1"
"""Many messages in one file: ``message_file``."""
MOST_HEADER = 64 * 2**10
MOST_PART = 2**30
MOST_PARTS = 2**20
_LENGTH = struct.Struct("<I")
_DIGEST = hashlib.sha256().digest_size


@dataclass(frozen=True)
class Parcel:
    """A kind, facts of JSON, and parts of bytes.

    >>> parcel = Parcel("greeting", {"to": "you"}, (b"hello",))
    >>> Parcel.read(parcel.to_bytes(), "greeting") == parcel
    True
    """

    kind: str
    facts: Mapping[str, Any]
    parts: Sequence[bytes]

    def to_bytes(self) -> bytes:
        """As it goes over the wire; equal parcels give equal bytes."""
        header = json.dumps(
            {**self.facts, "kind": self.kind, "parts": len(self.parts)}, sort_keys=True, separators=(",", ":")
        ).encode()
        pieces = [MAGIC, _LENGTH.pack(len(header)), header]
        for part in self.parts:
            pieces += [_LENGTH.pack(len(part)), part]
        body = b"".join(pieces)
        return body + hashlib.sha256(body).digest()

    @classmethod
    def read(cls, content: bytes, *kinds: str) -> Self:
        """The parcel in ``content``, which must be of one of the ``kinds``; ``EncryptionError`` for anything else.

        A secret key is refused by name wherever it is not what was asked for.
        """
        kind, facts, start = header_of(content)
        if kind not in kinds:
            raise other_kind(kind, kinds)
        body, digest = memoryview(content)[:-_DIGEST], content[-_DIGEST:]
        if hashlib.sha256(body).digest() != digest:
            raise _broken("it was cut short or changed")
        count = facts.pop("parts", None)
        if type(count) is not int or not 0 <= count <= MOST_PARTS:
            raise _broken("its header does not say how many parts it has")
        parts = []
        for _ in range(count):
            length = _length(body, start, most=MOST_PART)
            start += _LENGTH.size
            if start + length > len(body):
                raise _broken("a part is longer than what is there")
            parts.append(bytes(body[start : start + length]))
            start += length
        if start != len(body):
            raise _broken("there is more than its header says")
        return cls(kind, facts, tuple(parts))


def header_of(content: bytes) -> tuple[str, dict[str, Any], int]:
    """The kind, the facts and where the parts begin, of bytes whose digest has not been looked at yet."""
    if content[: len(MAGIC) - 1] == MAGIC[:-1] and content[: len(MAGIC)] != MAGIC:
        raise EncryptionError(
            f"this is of version {content[len(MAGIC) - 1 : len(MAGIC)]!r} of the form",
            expected="version 1",
            remedy="use the same version of Garrison on both sides",
        )
    if content[: len(FILE_MAGIC)] == FILE_MAGIC:
        raise EncryptionError(
            "this is a file of messages, and not one message",
            expected=f"bytes that begin with {MAGIC.decode()}",
            remedy="send a file by `garrison encrypted score URL FILE`, which takes its messages one at a time",
        )
    if content[: len(MAGIC)] != MAGIC or len(content) < len(MAGIC) + _LENGTH.size + _DIGEST:
        raise EncryptionError(
            "this is nothing that Garrison encrypted, or only the beginning of it",
            expected=f"bytes that begin with {MAGIC.decode()}; keys and ciphertexts of other programs are not read",
            remedy="make it with `garrison encrypted`",
        )
    length = _length(memoryview(content), len(MAGIC), most=MOST_HEADER)
    start = len(MAGIC) + _LENGTH.size
    if start + length + _DIGEST > len(content):
        raise _broken("it was cut short")
    try:
        facts = json.loads(content[start : start + length].decode("utf-8"))
        kind = facts.pop("kind")
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise _broken("its header is not what Garrison writes") from error
    if not isinstance(facts, dict) or not isinstance(kind, str):
        raise _broken("its header is not what Garrison writes")
    return kind, facts, start + length


def _length(body: memoryview, at: int, *, most: int) -> int:
    if at + _LENGTH.size > len(body):
        raise _broken("it was cut short")
    length = int(_LENGTH.unpack_from(body, at)[0])
    if length > most:
        raise _broken(f"a length of {length:,} is beyond {most:,}")
    return length


SECRET = "secret key"  # noqa: S105 (the name of a kind)


def other_kind(kind: str, kinds: Sequence[str]) -> EncryptionError:
    """What is said of bytes of another kind than those asked for; of a secret key, what to do now."""
    if kind == SECRET:
        return EncryptionError(
            "this is a secret key, and nothing but its owner's own commands may see it",
            expected=" or ".join(kinds),
            remedy="delete every copy that left its owner, and make new keys: garrison encrypted keygen --rotate",
        )
    return EncryptionError(
        f"these are {kind[:40]!r}", expected=" or ".join(kinds), remedy="give the file that is asked for"
    )


def _broken(why: str) -> EncryptionError:
    return EncryptionError(
        f"what was encrypted cannot be read: {why}", expected="all of it, unchanged", remedy="send it again"
    )
