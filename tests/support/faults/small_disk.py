"""A disk of a few bytes that fills up as true ones do: a file system in memory, for whoever may mount one."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SmallDisk:
    """One that is mounted at ``path``."""

    path: Path

    def make_room(self) -> None:
        """Let it be as large as anybody could want."""
        _run("mount", "-o", "remount,size=1g", str(self.path))


@contextmanager
def small_disk(path: Path, size: int) -> Iterator[SmallDisk]:
    """A disk of ``size`` bytes at the folder ``path``; what was in the folder is seen again afterwards."""
    path.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={size}", "garrison-small-disk", str(path))
    try:
        yield SmallDisk(path)
    finally:
        _run("umount", "--lazy", str(path))


def can_mount() -> bool:
    """Whether this process may mount one."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder) / "disk", 4096):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
