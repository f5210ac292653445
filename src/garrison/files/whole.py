"""Files and folders that are whole or absent: written beside their target, synced, and renamed into place."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from garrison.files.output_errors import output_errors
from garrison.files.temporary_names import make_ready, own_name, remove


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
        make_ready(path.parent)
        temporary = Path(tempfile.mktemp(prefix=own_name(path), suffix=".part", dir=path.parent))  # noqa: S306
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
    put back by ``temporary_names.remove_abandoned``.
    """
    with output_errors(path):
        make_ready(path.parent)
        temporary = Path(tempfile.mkdtemp(prefix=own_name(path), suffix=".part", dir=path.parent))
        temporary.chmod(0o755)
        try:
            yield temporary
            for item in sorted(temporary.rglob("*")):
                _sync(item)
            _sync(temporary)
            if not path.exists():
                temporary.replace(path)
            elif not _exchanged(temporary, path):
                displaced = Path(tempfile.mkdtemp(prefix=own_name(path), suffix=".old", dir=path.parent))
                path.replace(displaced / path.name)
                temporary.replace(path)
                shutil.rmtree(displaced)
            _sync(path.parent)
        finally:
            remove(temporary)


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
