"""A stream of bytes cut into blocks of whole records, with a bound on how long a record may be."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

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


@dataclass(frozen=True)
class QuotedSections:
    """What finds quoted cells: a ``pattern`` whose group is empty where a quote never closes, and the bytes that a
    quote which opens a cell may stand behind."""

    pattern: re.Pattern[bytes]
    behind: bytes


def quoted_sections(delimiter: str) -> QuotedSections:
    """Quoted cells as the CSV reader sees them: a quote opens only at the beginning of a cell, and two quotes inside
    are one.

    The pattern begins with the quote itself, so that the search for it is one for a single byte.
    """
    behind = delimiter.encode() + b"\r\n"
    opening = re.escape(delimiter.encode()) + rb"\r\n"
    at_beginning = rb"(?:(?<=[" + opening + rb']")|(?<=\A"))'
    return QuotedSections(re.compile(rb'"' + at_beginning + rb'[^"]*+(?:""[^"]*+)*+(")?'), behind)


def end_of_records(buffer: bytes, newline: bytes, quoted: QuotedSections | None) -> tuple[int, bool]:
    """Where the last whole record ends (0: there is none), and whether a quote is open at the end."""
    if quoted is None or b'"' not in buffer:
        return buffer.rfind(newline) + 1, False
    quotes = _in_turn(buffer, quoted)
    if quotes is not None:
        return _end_outside(buffer, newline, quotes), len(quotes) % 2 == 1
    end = position = 0
    for section in quoted.pattern.finditer(buffer):
        end = max(end, buffer.rfind(newline, position, section.start()) + 1)
        if section.group(1) is None:
            return end, True
        position = section.end()
    return max(end, buffer.rfind(newline, position) + 1), False


def _in_turn(buffer: bytes, quoted: QuotedSections) -> NDArray[np.intp] | None:
    """Where all quotes stand, if they open and close in turn, as in nearly every file; else None.

    Two quotes that are one close and open at once. A quote in the midst of a cell is what breaks the turn.
    """
    values = np.frombuffer(buffer, dtype=np.uint8)
    quotes = np.flatnonzero(values == ord('"'))
    opening = quotes[::2]
    opening = opening[opening > 0]
    may_open = np.zeros(256, dtype=bool)
    may_open[[*quoted.behind, ord('"')]] = True
    return quotes if may_open[values[opening - 1]].all() else None


def _end_outside(buffer: bytes, newline: bytes, quotes: NDArray[np.intp]) -> int:
    """Just after the last ``newline`` with an even number of quotes before it; 0 where there is none."""
    end = buffer.rfind(newline)
    while end >= 0 and (before := int(np.searchsorted(quotes, end))) % 2:
        end = buffer.rfind(newline, 0, int(quotes[before - 1]))
    return end + 1


def blocks(
    chunks: Iterator[bytes], *, newline: bytes, quoted: QuotedSections | None, longest: int = LONGEST
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
