"""Bytes as they come, cut into lines that know where they begin."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from garrison.serving.stream.taken import Position, Refused, Taken

LONGEST = 1_000_000
"""Bytes that a line may have."""

KEPT = 4096
"""Bytes that are kept of one that is longer."""


@dataclass(frozen=True)
class Line:
    """A line without its break, where it begins, and where the next one does; ``too_long``: only a part was kept."""

    content: bytes
    begin: int
    end: int
    too_long: bool = False


class Lines:
    """Whole lines out of pieces of any size; what is held is bounded by a piece and the longest line.

    >>> lines = Lines(100)
    >>> lines.feed(b"one\\ntw")
    >>> [(line.content, line.begin) for line in lines.give(5)]
    [(b'one', 100)]
    >>> lines.feed(b"o\\n")
    >>> [(line.content, line.begin, line.end) for line in lines.give(5)]
    [(b'two', 104, 108)]
    """

    def __init__(self, begin: int) -> None:
        self._begin = begin
        self._rest = b""
        self._skipped = 0
        self._ready: deque[Line] = deque()

    @property
    def waiting(self) -> bool:
        """Whether there are whole lines to give."""
        return bool(self._ready)

    @property
    def unfinished(self) -> bool:
        """Whether a line has begun and not ended."""
        return bool(self._rest or self._skipped)

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        *whole, rest = data.split(b"\n")
        for part in whole:
            self._line(self._rest + part, 1)
        self._rest += rest
        if self._skipped or len(self._rest) > LONGEST:
            self._skipped += max(len(self._rest) - KEPT, 0)
            self._rest = self._rest[:KEPT]

    def finish(self) -> None:
        """The file has ended: what is left is a line, though no break follows."""
        if self.unfinished:
            self._line(self._rest, 0)

    def give(self, most: int) -> list[Line]:
        """The next whole lines, at most ``most``."""
        return [self._ready.popleft() for _ in range(min(most, len(self._ready)))]

    def _line(self, content: bytes, broken: int) -> None:
        length = len(content) + self._skipped
        too_long = length > LONGEST
        end = self._begin + length + broken
        self._ready.append(Line(content[:KEPT] if too_long else content, self._begin, end, too_long))
        self._begin, self._rest, self._skipped = end, b"", 0


def too_long(name: str, content: bytes) -> Refused:
    """What is told of a line that is longer than ``LONGEST``."""
    return Refused(name, f"a line of over {LONGEST:,} bytes", content[:KEPT].decode("utf-8", "replace"))


def as_taken(
    lines: list[Line], *, name: Callable[[Line], str], position: Position | None, begins: bool = False
) -> Taken:
    """Lines as what a source gives, those that are too long among the refused."""
    good = [line for line in lines if not line.too_long]
    refused = [too_long(name(line), line.content) for line in lines if line.too_long]
    return Taken(
        [line.content for line in good],
        [name(line) for line in good],
        position,
        begins=begins,
        refused=refused,
    )
