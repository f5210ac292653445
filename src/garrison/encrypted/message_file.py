"""Many messages in one file, read one at a time: its memory is bounded by a message.

::

    8 bytes    GARRENF1
    8 + …      each message behind its length
    8 + 8      a length of zero, and how many messages there were

A file that ends without the last line was cut short. Each message has a digest of its own.
"""

import contextlib
import struct
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

from garrison.encrypted import wire
from garrison.errors import EncryptionError, SourceError, found_in
from garrison.files import atomic_file

MOST_BYTES = 2**31
_LENGTH = struct.Struct("<Q")


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Callable[[bytes], None]]:
    """Give what takes messages; the file is there, whole, when all were taken, else not at all."""
    with atomic_file(path) as temporary, temporary.open("wb") as file:
        file.write(wire.FILE_MAGIC)
        count = 0

        def add(message: bytes) -> None:
            nonlocal count
            file.write(_LENGTH.pack(len(message)) + message)
            count += 1

        yield add
        file.write(_LENGTH.pack(0) + _LENGTH.pack(count))


def messages_in(path: Path) -> Generator[bytes, None, None]:
    """The messages of a file, in order; ``EncryptionError`` where it is no such file, or was cut short."""
    try:
        with path.open("rb") as file:
            beginning = file.read(len(wire.FILE_MAGIC))
            if beginning == wire.MAGIC:
                refuse_secret(beginning + file.read(wire.MOST_HEADER), path)
            if beginning != wire.FILE_MAGIC:
                raise EncryptionError(
                    "this is no file of encrypted rows or outputs",
                    where=str(path),
                    expected=f"bytes that begin with {wire.FILE_MAGIC.decode()}",
                    remedy="make it with `garrison encrypted encrypt` or `garrison encrypted score`",
                )
            count = 0
            while True:
                length = _number(file.read(_LENGTH.size), path)
                if not length:
                    break
                if length > MOST_BYTES:
                    raise _cut_short(path)
                message = file.read(length)
                if len(message) != length:
                    raise _cut_short(path)
                count += 1
                yield message
            if _number(file.read(_LENGTH.size), path) != count or file.read(1):
                raise _cut_short(path)
    except OSError as error:
        raise SourceError(f"cannot read the file: {error.strerror}", where=str(path)) from error


def refuse_secret(beginning: bytes, path: Path) -> None:
    """Raise ``EncryptionError`` by name where these are the first bytes of a secret key."""
    with found_in(path):
        kind, _, _ = wire.header_of(beginning)
        if kind == wire.SECRET:
            raise wire.other_kind(kind, ("encrypted rows", "encrypted outputs"))


def _number(content: bytes, path: Path) -> int:
    if len(content) != _LENGTH.size:
        raise _cut_short(path)
    return int(_LENGTH.unpack(content)[0])


def _cut_short(path: Path) -> EncryptionError:
    return EncryptionError(
        "the file was cut short or changed",
        where=str(path),
        expected="all of it, unchanged",
        remedy="copy it again",
    )
