"""Files that are whole or absent, and their digests.

Everything Garrison writes goes to a temporary name beside its target, is synced, and is renamed into place. The
temporary name tells which process it belongs to: what a killed one left is removed by the next that writes there.
"""

import contextlib
import errno
import functools
import hashlib
import json
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from garrison.errors import OutputError, SourceError, UsageError

_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space, or choose another folder"),
    errno.EFBIG: (
        "the file grows larger than it may",
        "raise the limit (ulimit -f), or choose another file system",
    ),
    errno.EDQUOT: ("the disk quota is used up", "free some space, or choose another folder"),
    errno.EROFS: ("the file system is read-only", "choose a folder that can be written"),
    errno.EACCES: ("permission denied", "choose a folder that can be written, or change its permissions"),
    errno.EPERM: ("permission denied", "choose a folder that can be written, or change its permissions"),
    errno.ENOENT: ("the folder cannot be made there", "choose another folder"),
    errno.ENOTDIR: ("a part of the path is a file", "choose another folder"),
    errno.EISDIR: ("a folder stands where a file is wanted", "choose another name"),
    errno.EEXIST: ("a file stands where a folder is wanted", "choose another folder"),
    errno.ENAMETOOLONG: ("the name is too long", "choose a shorter name"),
}

_SHORT_WRITE = re.compile(r"\d+ requested and \d+ written")
"""What NumPy says, and no number of an error, where the disk took a part of an array only."""

_LEFT = re.compile(r"\.(?P<name>.+)\.(?P<place>[0-9a-f]{8})-(?P<process>\d+)-\w+\.(?P<what>part|old)")
_looked_through: set[Path] = set()


@contextlib.contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write ``path`` into an ``OutputError`` that says what to do."""
    try:
        yield
    except OSError as error:
        number = errno.ENOSPC if _SHORT_WRITE.fullmatch(str(error)) else error.errno
        if number not in _REASONS:
            raise
        reason, remedy = _REASONS[number]
        raise OutputError(f"cannot write: {reason}", where=str(path), remedy=remedy) from error


def keep_apart(out: Path, *read: Path | None) -> None:
    """Raise ``UsageError`` when writing ``out`` would replace one of the files that are read, or a file in them."""
    target = out.resolve()
    for path in read:
        source = None if path is None else path.resolve()
        if source is not None and (source == target or (source.is_dir() and source in target.parents)):
            raise UsageError(
                "what is written would replace what is read, or lie in it",
                where=str(out),
                expected=f"another place than {path}",
                remedy="choose another name for the output",
            )


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Give a temporary path to write; on success sync it and rename it to ``path``, else remove it.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder) / "a.txt"
    ...     with atomic_file(target) as temporary:
    ...         _ = temporary.write_text("whole")
    ...     target.read_text()
    'whole'
    """
    with output_errors(path):
        _make_ready(path.parent)
        temporary = Path(tempfile.mktemp(prefix=_own(path), suffix=".part", dir=path.parent))  # noqa: S306
        try:
            yield temporary
            _sync(temporary)
            temporary.replace(path)
            _sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder to fill; on success sync it and rename it to ``path``, replacing what stood there.

    Linux does that in one step. Elsewhere nothing stands there for a moment: what a killed process took away then is
    put back by ``remove_abandoned``.
    """
    with output_errors(path):
        _make_ready(path.parent)
        temporary = Path(tempfile.mkdtemp(prefix=_own(path), suffix=".part", dir=path.parent))
        temporary.chmod(0o755)
        try:
            yield temporary
            for item in sorted(temporary.rglob("*")):
                _sync(item)
            _sync(temporary)
            if not path.exists():
                temporary.replace(path)
            elif not _exchanged(temporary, path):
                displaced = Path(tempfile.mkdtemp(prefix=_own(path), suffix=".old", dir=path.parent))
                path.replace(displaced / path.name)
                temporary.replace(path)
                shutil.rmtree(displaced)
            _sync(path.parent)
        finally:
            _remove(temporary)


def remove_abandoned(folder: Path) -> None:
    """Remove the temporary files and folders in ``folder`` that belong to processes of this machine that are gone.

    A folder that such a process had taken away to put another in its place, and had not put, is put back.
    """
    with contextlib.suppress(OSError):
        for item in folder.iterdir():
            left = _LEFT.fullmatch(item.name)
            if left is None or left["place"] != _place() or _is_alive(int(left["process"])):
                continue
            taken, home = item / left["name"], folder / left["name"]
            if left["what"] == "old" and taken.exists() and not home.exists():
                taken.replace(home)
            _remove(item)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _make_ready(folder: Path) -> None:
    """Make the folder, and look through it once for what was abandoned there."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder not in _looked_through:
        _looked_through.add(folder)
        remove_abandoned(folder)


def _own(path: Path) -> str:
    """How the temporary names of this process for ``path`` begin."""
    return f".{path.name}.{_place()}-{os.getpid()}-"


@functools.cache
def _place() -> str:
    """This machine, or this container of it: where the number of a process means one process."""
    try:
        numbers = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        numbers = ""
    return hashlib.sha256(f"{socket.gethostname()} {numbers}".encode()).hexdigest()[:8]


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _exchanged(one: Path, other: Path) -> bool:
    """Whether the two now have each other's names, by Linux's ``renameat2``; false where there is no such call."""
    import ctypes

    here, exchange = -100, 2
    try:
        call = ctypes.CDLL(None).renameat2
    except (AttributeError, OSError, TypeError):
        return False
    return bool(call(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits; memory does not grow with the file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"cannot read the file: {error.strerror}", where=str(path)) from error


def sha256_of_json(value: Any) -> str:
    """The SHA-256 of a value written as canonical JSON.

    >>> sha256_of_json({"b": 1, "a": 2}) == sha256_of_json({"a": 2, "b": 1})
    True
    """
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def canonical_json(value: Any) -> str:
    """JSON with sorted keys, two-space indent and a final newline, so that equal values give equal bytes."""
    return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as canonical JSON, whole or not at all."""
    with atomic_file(path) as temporary:
        temporary.write_text(canonical_json(value), encoding="utf-8")
