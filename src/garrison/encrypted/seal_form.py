"""The bytes of SEAL's objects, looked at before SEAL is given any of them.

An object is a header of 16 bytes, then, compressed with Zstandard, its members; among them are the numbers themselves,
each array behind a header of its own. All the rest is the same for every object of one kind under one set of
parameters: that is its skeleton. Bytes that have another skeleton, or unpack to another length, never reach SEAL.
"""

import struct
from dataclasses import dataclass
from typing import Self

import zstandard

from garrison.errors import EncryptionError

HEADER = struct.Struct("<HBBBBHQ")
"""Magic number, length of the header, version, minor version, compression, nothing, length of all."""
MAGIC, PLAIN, ZSTANDARD = 0xA15E, 0, 2
_COUNT = struct.Struct("<Q")
_SEED_BYTES = 64
_SEED_OBJECT = HEADER.size + 1 + _SEED_BYTES


@dataclass(frozen=True)
class Skeleton:
    """What objects of one kind share: the length, where numbers are not, and what stands there."""

    length: int
    fixed: tuple[tuple[int, int], ...]
    content: bytes
    version: bytes

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The skeleton of an object that was made here."""
        raw = _decompressed(content[HEADER.size :], most=1 << 31)
        version = content[2:5]
        nested = content[:5] + bytes([PLAIN, 0, 0])
        fixed: list[tuple[int, int]] = []
        start = at = 0
        while (at := raw.find(nested, at)) >= 0:
            numbers = _numbers_at(raw, at)
            if numbers is None:
                at += 1
                continue
            fixed.append((start, numbers[0]))
            start = at = numbers[1]
        fixed.append((start, len(raw)))
        return cls(len(raw), tuple(fixed), b"".join(raw[one:end] for one, end in fixed), version)

    def fits(self, raw: bytes) -> bool:
        """Whether an object is one of this kind, whatever its numbers are."""
        return len(raw) == self.length and b"".join(raw[one:end] for one, end in self.fixed) == self.content


def packed(saved: bytes) -> bytes:
    """What SEAL wrote, compressed, whether or not its build compresses."""
    magic, size, version, minor, compression, nothing, length = HEADER.unpack_from(saved)
    if magic != MAGIC or length != len(saved):
        raise EncryptionError("SEAL wrote something that is not its own form")
    if compression == ZSTANDARD:
        return saved
    if compression != PLAIN:
        raise EncryptionError(
            "this build of SEAL compresses in a way that is not read here",
            expected="Zstandard, or nothing",
            remedy="pip install 'garrison[encrypted]'",
        )
    body = zstandard.ZstdCompressor().compress(saved[HEADER.size :])
    return HEADER.pack(magic, size, version, minor, ZSTANDARD, nothing, HEADER.size + len(body)) + body


def unpacked(content: bytes, skeleton: Skeleton, *, what: str) -> bytes:
    """The bytes to give to SEAL, whose every byte but the numbers is known; ``EncryptionError`` for others.

    At most the skeleton's length is ever unpacked.
    """
    if len(content) < HEADER.size:
        raise _refused(what, "it is cut short")
    magic, size, version, minor, compression, nothing, length = HEADER.unpack_from(content)
    if magic != MAGIC or compression != ZSTANDARD or nothing or length != len(content):
        raise _refused(what, "it is not in SEAL's form")
    if bytes([size, version, minor]) != skeleton.version:
        raise _refused(
            what,
            f"it was written by SEAL {version}.{minor}, and {skeleton.version[1]}.{skeleton.version[2]} is here",
        )
    try:
        raw = _decompressed(content[HEADER.size :], most=skeleton.length)
    except zstandard.ZstdError as error:
        raise _refused(what, "it cannot be unpacked") from error
    if not skeleton.fits(raw):
        raise _refused(what, "it is something else, or made with other parameters")
    return HEADER.pack(MAGIC, size, version, minor, PLAIN, 0, HEADER.size + len(raw)) + raw


def _decompressed(content: bytes, *, most: int) -> bytes:
    """The unpacked bytes; one byte more than ``most`` where there would be more."""
    with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(content) as reader:
        return bytes(reader.read(most + 1))


def _numbers_at(raw: bytes, at: int) -> tuple[int, int] | None:
    """From where to where the numbers of an array, or of a seed, stand that begins at ``at``."""
    size = HEADER.unpack_from(raw, at)[-1]
    if size == _SEED_OBJECT:
        return at + HEADER.size + 1, at + size
    first = at + HEADER.size + _COUNT.size
    if (
        first <= len(raw)
        and size == HEADER.size + _COUNT.size + 8 * _COUNT.unpack_from(raw, at + HEADER.size)[0]
    ):
        return first, at + size
    return None


def _refused(what: str, why: str) -> EncryptionError:
    return EncryptionError(
        f"{what} cannot be read: {why}", expected="what Garrison wrote, unchanged", remedy="ask for it again"
    )
