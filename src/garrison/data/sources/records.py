"""A stream of bytes cut into blocks of whole records, with a bound on how long a record may be."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

LONGEST = 10_000_000
"""Bytes that a line, or a record with line breaks inside quotes, may have."""

KEPT = 4096
"""Bytes kept of a line that is too long."""


@dataclass(frozen=True)
class Block:
    """Whole records; or, with a fault, the beginning of one that is too long or whose quote never closes.

    ``start`` is the place of its first byte in the stream.
    """

    data: bytes
    start: int
    fault: Literal["", "too long", "open quote"] = ""


def quoted_sections(delimiter: str) -> re.Pattern[bytes]:
    """A pattern for quoted cells; its group is empty where the quote never closes.

    As the CSV reader sees it: a quote opens only at the beginning of a cell, and two quotes inside are one. The
    pattern begins with the quote itself, so that the search for it is one for a single byte.
    """
    opening = re.escape(delimiter.encode()) + rb"\r\n"
    at_beginning = rb"(?:(?<=[" + opening + rb']")|(?<=\A"))'
    return re.compile(rb'"' + at_beginning + rb'[^"]*+(?:""[^"]*+)*+(")?')


def end_of_records(buffer: bytes, newline: bytes, quoted: re.Pattern[bytes] | None) -> tuple[int, bool]:
    """Where the last whole record ends (0: there is none), and whether a quote is open at the end."""
    if quoted is None or b'"' not in buffer:
        return buffer.rfind(newline) + 1, False
    end = position = 0
    for section in quoted.finditer(buffer):
        end = max(end, buffer.rfind(newline, position, section.start()) + 1)
        if section.group(1) is None:
            return end, True
        position = section.end()
    return max(end, buffer.rfind(newline, position) + 1), False


def blocks(
    chunks: Iterator[bytes], *, newline: bytes, quoted: re.Pattern[bytes] | None, longest: int = LONGEST
) -> Iterator[Block]:
    """Cut the stream after the last whole record of each chunk; the last record needs no line break.

    At most ``longest`` bytes and a chunk are held. After a line that is too long it goes on with the next
    line.
    """
    carry = b""
    start = 0
    skipping = opened = False
    for chunk in chunks:
        rest = chunk
        if skipping:
            at = chunk.find(newline) + 1
            start += at or len(chunk)
            rest = chunk[at:] if at else b""
            skipping = not at
        buffer = carry + rest
        end, opened = end_of_records(buffer, newline, quoted)
        if end:
            yield Block(buffer[:end], start)
        carry = buffer[end:]
        start += end
        if len(carry) > longest:
            yield Block(carry[:KEPT], start, "open quote" if opened else "too long")
            start += len(carry)
            carry, skipping, opened = b"", True, False
    if carry:
        yield Block(carry, start, "open quote" if opened else "")
