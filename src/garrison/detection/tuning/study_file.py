"""Optuna's journal in a file that outlives the process: a line a fact, added only, held by one process at a time."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from garrison.errors import DataError
from garrison.files import output_errors
from garrison.run.lock import FolderLock


@contextlib.contextmanager
def study_storage(path: Path | None) -> Iterator[Any]:
    """Optuna's storage in ``path``, or in memory only; ``RunBusy`` when another process holds it.

    A last line that a killed process left half-written is cut off. The lock is the operating system's, which drops it
    with the process that held it; Optuna's own lock file, which would stay, is not used.
    """
    from optuna.storages import InMemoryStorage, JournalStorage
    from optuna.storages.journal import JournalFileBackend

    if path is None:
        yield InMemoryStorage()
        return
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with FolderLock(path.with_name(f".{path.name}.lock")):
        with output_errors(path):
            if path.exists():
                _cut_half_line(path)
            backend = JournalFileBackend(str(path), lock_obj=_Held())
        try:
            storage = JournalStorage(backend)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _unreadable(path, type(error).__name__) from error
        yield storage


def _cut_half_line(path: Path) -> None:
    """Cut off what follows the last whole line; a file that no study wrote is left as it is and refused."""
    with path.open("r+b") as file:
        *lines, rest = file.read().split(b"\n")
        for number, line in enumerate(lines, start=1):
            if not _is_fact(line):
                raise _unreadable(path, f"line {number} is no fact of a study")
        if rest and not rest.startswith(b"{"):
            raise _unreadable(path, "its end is no fact of a study")
        if rest:
            file.truncate(sum(len(line) + 1 for line in lines))


def _is_fact(line: bytes) -> bool:
    try:
        fact = json.loads(line)
    except ValueError:
        return False
    return isinstance(fact, dict) and "op_code" in fact


def _unreadable(path: Path, reason: str) -> DataError:
    return DataError(
        f"the study cannot be read: {reason}",
        where=str(path),
        expected="the file that tuning wrote",
        remedy="move it away, or keep the study elsewhere",
    )


class _Held:
    """What Optuna takes for its lock; it is always free, for the process holds the study by another one."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        return None
