"""A file that only grows, by whole lines, and knows which of them are safe."""

import errno
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from garrison.errors import OutputError
from garrison.files import output_errors
from garrison.run.appending import append_whole
from garrison.serving.stream.away import Away, Say
from garrison.serving.stream.taken import Position

_FULL = {errno.ENOSPC, errno.EDQUOT}


class AppendedFile:
    """Named lines at the end of a file that is kept open; made when the first is written.

    A full disk is ``Away``: whole lines are written or nothing. When somebody renames the file, as log rotation does,
    the next lines after ``sync`` go to a new one of the old name.
    """

    def __init__(self, path: Path, *, say: Say) -> None:
        self.path = path.absolute()
        self._say = say
        self._descriptor: int | None = None

    def open(self, position: Position | None) -> set[str]:
        """Go on with the file; the names of the lines that stand behind ``position`` in it.

        Half a line at the end, which a kill has left, is cut off.
        """
        self.close()
        if not self.path.exists():
            if position is not None and position["size"]:
                self._say(f"{self.path}: the file is gone; beginning a new one")
            return set()
        descriptor = self._opened()
        if position is None:
            _end_last_line(descriptor, self.path)
            return set()
        _cut_half_line(descriptor, self.path)
        facts = os.fstat(descriptor)
        if position["inode"] and (facts.st_ino, facts.st_dev) != (position["inode"], position["device"]):
            self._say(
                f"{self.path}: another file than before; verdicts that were written last may stand in both"
            )
            return set()
        if facts.st_size < position["size"]:
            self._say(f"{self.path}: the file was cut; going on at its end")
            return set()
        return set(_names(descriptor, int(position["size"])))

    def write(self, lines: Sequence[tuple[str, bytes]]) -> None:
        """Add lines, each with its name; ``Away`` when the disk is full."""
        if not lines:
            return
        descriptor = self._opened()
        try:
            append_whole(descriptor, b"".join(line + b"\n" for _, line in lines))
        except OSError as error:
            if error.errno in _FULL:
                raise Away(
                    OutputError(
                        "cannot write: the disk is full", where=str(self.path), remedy="free some space"
                    )
                ) from error
            with output_errors(self.path):
                raise

    def sync(self) -> None:
        """Make everything that was written outlast a loss of power; ``Away`` when the disk is full."""
        if self._descriptor is None:
            return
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise Away(OutputError(f"cannot write: {error.strerror}", where=str(self.path))) from error
        if not self._is_there(self._descriptor):
            self.close()

    def position(self) -> Position:
        """The end of the file."""
        if self._descriptor is None:
            if not self.path.exists():
                return {"device": 0, "inode": 0, "size": 0}
            facts = self.path.stat()
        else:
            facts = os.fstat(self._descriptor)
        return {"device": facts.st_dev, "inode": facts.st_ino, "size": facts.st_size}

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None

    def _opened(self) -> int:
        if self._descriptor is None:
            with output_errors(self.path):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        return self._descriptor

    def _is_there(self, descriptor: int) -> bool:
        try:
            there = self.path.stat()
        except OSError:
            return False
        facts = os.fstat(descriptor)
        return (there.st_dev, there.st_ino) == (facts.st_dev, facts.st_ino)


def _cut_half_line(descriptor: int, path: Path) -> None:
    size = whole = os.fstat(descriptor).st_size
    while whole:
        start = max(whole - 65_536, 0)
        found = os.pread(descriptor, whole - start, start).rfind(b"\n")
        if found >= 0:
            whole = start + found + 1
            break
        whole = start
    if whole < size:
        with output_errors(path):
            os.ftruncate(descriptor, whole)


def _end_last_line(descriptor: int, path: Path) -> None:
    """Somebody else's last line, if it has no break, gets one: ours begin on a line of their own."""
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        with output_errors(path):
            append_whole(descriptor, b"\n")


def _names(descriptor: int, begin: int) -> Iterator[str]:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(begin)
        for line in file:
            try:
                found = json.loads(line)["id"]
            except (ValueError, KeyError, TypeError):
                continue
            yield str(found)
