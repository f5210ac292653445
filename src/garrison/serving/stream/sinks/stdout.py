"""Standard output: verdicts for the next program, one JSON object a line."""

import os
import sys
from collections.abc import Sequence

from garrison.serving.stream.sinks.base import Sink
from garrison.serving.stream.taken import Position


class StdoutSink(Sink):
    """Verdicts written at once. Nobody can say what became of them: after a kill some may be written again."""

    tells = False

    def __init__(self, *, descriptor: int | None = None) -> None:
        super().__init__("standard output")
        self._descriptor = sys.stdout.fileno() if descriptor is None else descriptor

    def open(self, position: Position | None) -> set[str]:  # noqa: ARG002 (there is no place in it)
        """See ``Sink.open``."""
        return set()

    def write(self, verdicts: Sequence[tuple[str, bytes]]) -> None:
        """See ``Sink.write``; ``BrokenPipeError`` when nobody reads."""
        content = memoryview(b"".join(line + b"\n" for _, line in verdicts))
        while content:
            content = content[os.write(self._descriptor, content) :]

    def flush(self) -> None:
        """See ``Sink.flush``."""

    def position(self) -> Position:
        """See ``Sink.position``."""
        return {}
