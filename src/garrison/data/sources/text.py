"""The encoding of a text file, found or given, and its content as UTF-8."""

import codecs
from collections.abc import Iterator

from garrison.errors import SourceError

UNCHANGED = ("utf-8",)
"""Encodings whose bytes are passed on as they are; rows that are not valid UTF-8 are refused later."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def find_encoding(sample: bytes, *, whole: bool = True) -> str:
    """The encoding that the first bytes of a file speak for: UTF-8, 16 or 32, Windows-1252, Latin-1.

    A byte-order mark decides; then valid UTF-8; then the zero bytes that UTF-16 has in every second place.
    Else the file is UTF-8 with some bad lines where most lines beyond ASCII are valid UTF-8, and of one
    byte a character where they are not. Other encodings cannot be told from the bytes and have to be given.
    ``whole`` is false where the sample may end in the middle of a character.

    >>> find_encoding("name,città".encode("latin-1"))
    'cp1252'
    """
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    pairs = len(sample) // 2
    for zeros, encoding in ((sample[1::2], "utf-16-le"), (sample[0::2], "utf-16-be")):
        if pairs and zeros.count(0) > pairs / 3 and _decodes(sample, encoding, final=whole):
            return encoding
    if _decodes(sample, "utf-8", final=whole):
        return "utf-8"
    beyond = [line for line in sample.split(b"\n") if not line.isascii()]
    valid = sum(_decodes(line, "utf-8", final=True) for line in beyond)
    if 2 * valid >= len(beyond):
        return "utf-8"
    return "cp1252" if _decodes(sample, "cp1252", final=True) else "latin-1"


def _decodes(sample: bytes, encoding: str, *, final: bool) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(sample, final)
    except UnicodeError:
        return False
    return True


def check_encoding(encoding: str, *, where: str) -> str:
    """The usual name of an encoding that was given; ``SourceError`` when there is none of that name."""
    try:
        found = codecs.lookup(encoding)
        codecs.getincrementaldecoder(encoding)().decode(b"", True)
        if not isinstance(found.decode(b"")[0], str):
            raise LookupError
    except (LookupError, ValueError, TypeError, UnicodeError) as error:
        raise SourceError(
            f"unknown encoding {encoding!r}", where=where, expected="a text encoding such as utf-8 or cp1252"
        ) from error
    return "utf-8" if found.name in ("utf-8", "utf-8-sig", "ascii") else found.name


def as_utf8(chunks: Iterator[bytes], encoding: str, *, where: str) -> Iterator[bytes]:
    """The content as UTF-8 without a byte-order mark; ``SourceError`` says where it is not ``encoding``."""
    first = True
    if encoding in UNCHANGED:
        for chunk in chunks:
            yield chunk.removeprefix(codecs.BOM_UTF8) if first else chunk
            first = False
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    for chunk in _and_end(chunks):
        try:
            text = decoder.decode(chunk, final=not chunk)
            utf8 = (text.removeprefix("\ufeff") if first else text).encode()
        except UnicodeError as error:
            at = done + getattr(error, "start", 0)
            raise SourceError(
                f"not {encoding} near byte {at:,}: {getattr(error, 'reason', error)}",
                where=where,
                expected=f"a text in {encoding}",
                remedy="give the encoding that the file has",
            ) from error
        done += len(chunk)
        if utf8:
            yield utf8
            first = False


def _and_end(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield from chunks
    yield b""
