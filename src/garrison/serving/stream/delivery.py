"""Lines into a sink, each once: what it has from before a break, or took before it failed, is not written again."""

from collections.abc import Callable, Sequence
from typing import Protocol

from garrison.serving.stream.away import Away, Patience
from garrison.serving.stream.scoring import Named
from garrison.serving.stream.taken import Position

_NEVER_AGAIN = 100_000
"""Lines in a row without one that is there already, after which those that are left are not expected any more."""


class Receiver(Protocol):
    """A sink, or a file of refused lines."""

    def open(self, position: Position | None, /) -> set[str]:
        """The names of what it has behind ``position``."""

    def write(self, lines: Sequence[Named], /) -> None:
        """Take lines with their names."""

    def position(self) -> Position:
        """The place behind everything that it has."""


class Delivery:
    """Writes to ``receiver`` until that works; ``already_there`` counts what it had."""

    def __init__(self, receiver: Receiver, flush: Callable[[], None], patience: Patience) -> None:
        self._receiver = receiver
        self._flush = flush
        self._patience = patience
        self._stored: Position | None = None
        self._known: set[str] = set()
        self._unmet = 0
        self.already_there = 0

    def open(self, position: Position | None) -> None:
        """Begin behind ``position``, that of the last checkpoint; None: there was none."""
        self._known = self._patience.until_done(lambda: self._receiver.open(position))
        self._stored = self._receiver.position() if position is None else position

    def write(self, lines: Sequence[Named], *, taken: int) -> None:
        """Write those that are not there yet; they came of ``taken`` lines of the source."""
        left = self._new(lines, taken) if self._known else list(lines)
        failed = False

        def attempt() -> None:
            nonlocal left, failed
            try:
                if failed:
                    there = self._receiver.open(self._stored)
                    left = [(name, line) for name, line in left if name not in there]
                self._receiver.write(left)
            except Away:
                failed = True
                raise

        self._patience.until_done(attempt)

    def _new(self, lines: Sequence[Named], taken: int) -> list[Named]:
        left = [(name, line) for name, line in lines if name not in self._known]
        met = len(lines) - len(left)
        self.already_there += met
        self._known.difference_update(name for name, _ in lines)
        self._unmet = 0 if met else self._unmet + taken
        if self._unmet > _NEVER_AGAIN:
            self._known.clear()
        return left

    def flush(self) -> Position | None:
        """Make everything safe; the place behind which nothing is that was not asked for since.

        That place stays where it was as long as the sink has verdicts whose events have not come again yet: should
        there be another break, it must be known of them that they are there.
        """
        self._patience.until_done(self._flush)
        if not self._known:
            self._stored = self._receiver.position()
        return self._stored
