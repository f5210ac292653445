"""Where a log went that was renamed to make room for a new one, and which came after it."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES = 1024
"""Bytes at the beginning of a file by which it is told from another that has its number."""

_SUFFIX = re.compile(r"[.-][0-9][0-9T:._+-]*")


@dataclass(frozen=True)
class Identity:
    """What tells a file from others whatever its name: its device and number, and its first ``length`` bytes."""

    device: int
    inode: int
    length: int
    head: str

    @classmethod
    def of(cls, descriptor: int, length: int) -> "Identity":
        """The identity of an open file of which ``length`` bytes were read."""
        facts = os.fstat(descriptor)
        length = min(length, HEAD_BYTES)
        start = os.pread(descriptor, length, 0)
        return cls(facts.st_dev, facts.st_ino, length, hashlib.sha256(start).hexdigest()[:16])

    def is_of(self, descriptor: int) -> bool:
        """Whether an open file is this one."""
        return Identity.of(descriptor, self.length) == self


def rotated(path: Path) -> list[Path]:
    """The files that ``path`` was renamed to at times, the oldest first.

    Their names are its own and a number or a date: ``flows.jsonl.1``, ``flows.jsonl-20260102``. What is packed is none.
    """
    try:
        beside = [each for each in path.parent.iterdir() if each.name.startswith(path.name)]
    except OSError:
        return []
    found = []
    for each in beside:
        if _SUFFIX.fullmatch(each.name.removeprefix(path.name)):
            try:
                found.append((each.stat().st_mtime_ns, each))
            except OSError:
                continue
    return [each for _, each in sorted(found)]


def moved_to(path: Path, wanted: Identity) -> Path | None:
    """Where the file ``wanted`` is now: at ``path``, or where it was renamed to; None when it is nowhere."""
    for place in (path, *reversed(rotated(path))):
        try:
            descriptor = os.open(place, os.O_RDONLY)
        except OSError:
            continue
        try:
            if wanted.is_of(descriptor):
                return place
        finally:
            os.close(descriptor)
    return None


def next_after(path: Path, facts: os.stat_result) -> Path | None:
    """The file to be read after the one with ``facts``: a rotated one that was written later, else ``path`` itself.

    None while ``path`` is still that file, or is not there.
    """
    try:
        now = path.stat()
    except OSError:
        return None
    if (now.st_dev, now.st_ino) == (facts.st_dev, facts.st_ino):
        return None
    for place in rotated(path):
        try:
            found = place.stat()
        except OSError:
            continue
        itself = (found.st_dev, found.st_ino) == (facts.st_dev, facts.st_ino)
        if not itself and found.st_mtime_ns >= facts.st_mtime_ns:
            return place
    return path
