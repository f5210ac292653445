"""Temporary names that tell which process they belong to, so that what a killed one left can be removed."""

import contextlib
import functools
import hashlib
import os
import re
import shutil
import socket
from pathlib import Path

_LEFT = re.compile(r"\.(?P<name>.+)\.(?P<place>[0-9a-f]{8})-(?P<process>\d+)-\w+\.(?P<what>part|old)")
_looked_through: set[Path] = set()


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
            remove(item)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def make_ready(folder: Path) -> None:
    """Make the folder, and look through it once for what was abandoned there."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder not in _looked_through:
        _looked_through.add(folder)
        remove_abandoned(folder)


def own_name(path: Path) -> str:
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
