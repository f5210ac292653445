"""Standard input: what another program writes, once."""

import os
import secrets
import select
import sys

from garrison.errors import SourceError
from garrison.serving.stream.away import Say
from garrison.serving.stream.sources.base import POLL_S, StreamSource
from garrison.serving.stream.sources.lines import Line, Lines, as_taken
from garrison.serving.stream.stopping import Stop
from garrison.serving.stream.taken import Position, Taken

CHUNK = 65_536


class StdinSource(StreamSource):
    """Lines of standard input until it ends.

    What was read and not yet scored is lost if the process is killed: nobody can ask for it again. A stop that is
    asked for leaves nothing behind but what is still in the pipe. Another pipe has other lines, so theirs are names of
    their own, whatever was read before.
    """

    resumes = False

    def __init__(self, *, stop: Stop, say: Say, descriptor: int | None = None) -> None:
        super().__init__("standard input", stop=stop, say=say)
        self._descriptor = sys.stdin.fileno() if descriptor is None else descriptor
        self._lines = Lines(0)
        self._given = 0
        self._name = "stdin"

    def open(self, position: Position | None) -> Position:
        """Begin with the pipe that is there."""
        if position is not None:
            self._name = f"stdin-{secrets.token_hex(4)}"
        return {"lines": self._given}

    def _some(self, most: int, wait_s: float) -> Taken | None:
        if not self._lines.waiting and not self.ended:
            self._look(wait_s)
        lines = self._lines.give(most)
        if not lines:
            return None
        begins = self._given == 0
        first = self._given
        self._given += len(lines)
        places = {line.begin: first + place for place, line in enumerate(lines, start=1)}

        def name(line: Line) -> str:
            return f"{self._name}:{places[line.begin]}"

        return as_taken(lines, name=name, position={"lines": self._given}, begins=begins)

    def _look(self, wait_s: float) -> None:
        ready, _, _ = select.select([self._descriptor], [], [], min(wait_s, POLL_S))
        if not ready:
            return
        try:
            data = os.read(self._descriptor, CHUNK)
        except OSError as error:
            raise SourceError(f"cannot read: {error.strerror}", where=self.shown) from error
        if data:
            self._lines.feed(data)
        else:
            self._lines.finish()
            self.ended = True
