"""One process at a time in one folder, by a lock that the operating system drops when its holder dies."""

import contextlib
import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from garrison.errors import RunBusy
from garrison.files import output_errors

_ATTEMPTS = 5
_PAUSE_S = 0.05


class FolderLock:
    """Holds ``path`` for this process between ``acquire`` and ``release``, also as a context manager.

    The file stays where it is after release; only the lock on it counts. A second holder, in this process or
    another, gets ``RunBusy``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock now."""
        return self._descriptor is not None

    def acquire(self) -> None:
        """Take the lock, or raise ``RunBusy`` naming the process and host that hold it."""
        with output_errors(self.path):
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if not _try_exclusive(descriptor):
                raise RunBusy(
                    f"another process is working in this folder: {holder_of(self.path)}",
                    where=str(self.path.parent),
                    expected="one process in one run folder at a time",
                    remedy="wait until it has ended, or start a new run",
                )
            with output_errors(self.path):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode())
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; does nothing when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> "FolderLock":
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


@contextlib.contextmanager
def in_turn(path: Path, *, wait_s: float) -> Iterator[None]:
    """Hold the lock at ``path``, waiting for it up to ``wait_s`` seconds; then ``RunBusy``."""
    lock = FolderLock(path)
    deadline = time.monotonic() + wait_s
    while not lock.held:
        try:
            lock.acquire()
        except RunBusy:
            if time.monotonic() >= deadline:
                raise
    try:
        yield
    finally:
        lock.release()


def is_locked(path: Path) -> bool:
    """Whether any process holds the lock at ``path`` now."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def holder_of(path: Path) -> str:
    """Which process and host hold the lock at ``path``, as words."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        return f"process {facts['pid']} on {facts['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "its process is not known"


def _try_exclusive(descriptor: int) -> bool:
    # A few attempts, because someone who asks `is_locked` holds a shared lock for a moment.
    for attempt in range(_ATTEMPTS):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt + 1 < _ATTEMPTS:
                time.sleep(_PAUSE_S)
        else:
            return True
    return False
