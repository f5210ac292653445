"""A file of verdicts, one JSON object a line."""

from collections.abc import Sequence
from pathlib import Path

from garrison.serving.stream.appended import AppendedFile
from garrison.serving.stream.away import Say
from garrison.serving.stream.sinks.base import Sink
from garrison.serving.stream.taken import Position


class FileSink(Sink):
    """Verdicts added to a file at once, and synced at every checkpoint."""

    def __init__(self, path: Path, *, say: Say) -> None:
        super().__init__(str(path))
        self._file = AppendedFile(path, say=say)

    def open(self, position: Position | None) -> set[str]:
        """See ``Sink.open``."""
        return self._file.open(position)

    def write(self, verdicts: Sequence[tuple[str, bytes]]) -> None:
        """See ``Sink.write``."""
        self._file.write(verdicts)

    def flush(self) -> None:
        """See ``Sink.flush``."""
        self._file.sync()

    def position(self) -> Position:
        """See ``Sink.position``."""
        return self._file.position()

    def close(self) -> None:
        """See ``Sink.close``."""
        self._file.close()
