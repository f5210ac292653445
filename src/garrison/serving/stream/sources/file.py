"""A file that grows: read to its end, and on as it is written, through rotation and truncation."""

import contextlib
import dataclasses
import errno
import hashlib
import os
import stat
import time
from pathlib import Path

from garrison.errors import SourceError
from garrison.serving.stream.away import Away, Say
from garrison.serving.stream.sources.base import POLL_S, StreamSource
from garrison.serving.stream.sources.lines import Line, Lines, as_taken
from garrison.serving.stream.sources.rotation import HEAD_BYTES, Identity, moved_to, next_after
from garrison.serving.stream.stopping import Stop
from garrison.serving.stream.taken import Position, Taken

CHUNK = 65_536
HEAD = 65_536

GRACE_S = 0.3
"""Seconds for which a renamed file is still looked at: its writer may not know yet that it was renamed."""


class FileSource(StreamSource):
    """Lines of a file, from its beginning, and then as they are written, as ``tail -F`` gives them.

    When the file is renamed the rest of it is read, then those that were rotated since, then the new one. One that
    was cut to nothing, or is another than before under the same number, is read from its beginning. A last line
    without a break is left until the break comes, or the file has ended.

    ``until_end`` ends at the end of what is there; ``from_end`` begins there. A file that is not there is waited for.
    """

    def __init__(
        self, path: Path, *, stop: Stop, say: Say, until_end: bool = False, from_end: bool = False
    ) -> None:
        super().__init__(str(path), stop=stop, say=say)
        self.path = path.absolute()
        self.file = path.name
        self._until_end = until_end
        self._from_end = from_end
        self._descriptor: int | None = None
        self._lines = Lines(0)
        self._generation = 0
        self._label = ""
        self._identity = Identity(0, 0, 0, "")
        self._read = 0
        self._begins = True
        self._left_at: float | None = None

    def open(self, position: Position | None) -> Position | None:
        """See ``StreamSource.open``."""
        self.close()
        if position is None:
            if self._start(self.path, 0) and self._from_end:
                self._skip_to_end()
            return self._position(self._read)
        self._generation = int(position["generation"])
        offset = int(position["offset"])
        wanted = Identity(*(position[name] for name in ("device", "inode", "length", "head")))
        place = moved_to(self.path, wanted) if offset else self.path
        if place is not None and self._start(place, offset, label=str(position["label"])):
            return position
        if offset:
            self.say(
                f"{self.shown}: the file that was read up to byte {offset:,} is not there any more, nor is what was"
                " added to it since; reading the one that is there from its beginning"
            )
            self._generation += 1
            self._start(self.path, 0)
        return position

    def head(self) -> list[bytes]:
        """See ``StreamSource.head``."""
        if self._descriptor is None or not self._from_end:
            return []
        return os.pread(self._descriptor, HEAD, 0).split(b"\n")[:-1]

    def behind(self) -> str:
        """See ``StreamSource.behind``."""
        if self._descriptor is None:
            return ""
        with contextlib.suppress(OSError):
            return f"{max(os.fstat(self._descriptor).st_size - self._read, 0):,} bytes"
        return ""

    def close(self) -> None:
        """See ``StreamSource.close``."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None
        self._held = None

    def _some(self, most: int, wait_s: float) -> Taken | None:
        if not self._lines.waiting:
            self._look(wait_s)
        lines = self._lines.give(most)
        if not lines:
            return None
        begins, self._begins = self._begins, False
        if not self._label:
            self._label = self._named(lines[0])
        return as_taken(lines, name=self._name, position=self._position(lines[-1].end), begins=begins)

    def _look(self, wait_s: float) -> None:
        """Feed what was written since the last look; wait where that is nothing."""
        if self._descriptor is None and not self._start(self.path, 0):
            if self._until_end:
                raise _missing(self.path)
            self.stop.wait(min(wait_s, POLL_S))
            return
        descriptor = self._descriptor
        if descriptor is None:
            return
        try:
            data = self._more(descriptor)
        except OSError as error:
            raise Away(SourceError(f"cannot read: {error.strerror}", where=self.shown)) from error
        if data:
            self._read += len(data)
            self._left_at = None
            self._lines.feed(data)
            if self._identity.length < HEAD_BYTES:
                self._identity = Identity.of(descriptor, self._read)
        elif not self._followed(descriptor):
            self.stop.wait(min(wait_s, POLL_S))

    def _more(self, descriptor: int) -> bytes:
        """The next bytes; from the beginning where the file was cut, or is another since."""
        size = os.fstat(descriptor).st_size
        if size == self._read:
            return b""
        if size < self._read or not self._identity.is_of(descriptor):
            cut = ", in the midst of a line," if self._lines.unfinished else ""
            self.say(f"{self.shown}: the file was cut{cut} or written anew; reading it from its beginning")
            self._generation += 1
            self._begin(0)
            self._identity = Identity.of(descriptor, 0)
        return os.pread(descriptor, CHUNK, self._read)

    def _followed(self, descriptor: int) -> bool:
        """At the end: whether there is another file to go on with, or nothing will ever follow."""
        facts = os.fstat(descriptor)
        following = next_after(self.path, facts)
        if following is None:
            self._left_at = None
            if self._until_end:
                self._lines.finish()
                self.ended = not self._lines.waiting
                return True
            return False
        now = time.monotonic()
        self._left_at = now if self._left_at is None else self._left_at
        if now - self._left_at < GRACE_S and not self._until_end:
            return False
        if self._lines.unfinished:
            self._lines.finish()
            return True
        self._generation += 1
        self.close()
        return self._start(following, 0)

    def _start(self, path: Path, offset: int, *, label: str = "") -> bool:
        """Open ``path`` and read on from ``offset``; whether it is there and as long."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise Away(SourceError(f"cannot open: {error.strerror}", where=str(path))) from error
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size < offset:
            os.close(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise _no_file(path)
            return False
        self._descriptor = descriptor
        self._begin(offset)
        self._label = label
        self._identity = Identity.of(descriptor, offset)
        return True

    def _begin(self, offset: int) -> None:
        self._read = offset
        self._lines = Lines(offset)
        self._begins = offset == 0
        self._label = ""
        self._left_at = None

    def _skip_to_end(self) -> None:
        """Go to behind the last whole line."""
        if self._descriptor is None:
            return
        size = os.fstat(self._descriptor).st_size
        while size:
            start = max(size - CHUNK, 0)
            found = os.pread(self._descriptor, size - start, start).rfind(b"\n")
            if found >= 0:
                self._begin(start + found + 1)
                self._identity = Identity.of(self._descriptor, self._read)
                return
            size = start

    def _named(self, first: Line) -> str:
        """A name for this file that no other has, also one of the same number that begins at the same byte."""
        facts = (self._generation, self._identity.device, self._identity.inode, first.begin, first.content)
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:8]

    def _name(self, line: Line) -> str:
        return f"{self.path.name}:{self._label}:{line.begin}"

    def _position(self, offset: int) -> Position:
        if self._descriptor is not None and self._identity.length < min(offset, HEAD_BYTES):
            self._identity = Identity.of(self._descriptor, offset)
        return {
            "generation": self._generation,
            "label": self._label,
            "offset": offset,
            **dataclasses.asdict(self._identity),
        }


def _no_file(path: Path) -> SourceError:
    return SourceError(
        "not a plain file",
        where=str(path),
        expected="a file that grows",
        remedy=f"read a pipe as standard input: garrison stream … --from - < {path}",
    )


def _missing(path: Path) -> SourceError:
    return SourceError(
        os.strerror(errno.ENOENT),
        where=str(path),
        expected="a file, as it is to be read to its end",
        remedy="check the path, or leave out --until-end to wait for it",
    )
