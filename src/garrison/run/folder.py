"""One run's folder: its lock, its record, and the stages that a broken run need not make again."""

import contextlib
import dataclasses
import re
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from garrison.errors import GarrisonError, IntegrityError, Interrupted, OutputError, UsageError
from garrison.files import output_errors
from garrison.run.lock import FolderLock, is_locked
from garrison.run.record import RECORD, RunRecord, Status, read_record, write_record
from garrison.run.stages import Making, finished_stage, making_stage

LOCK = ".lock"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class RunFolder:
    """The folder of one run; work in it inside ``with``, which locks it and keeps its record.

    On leaving, the record says how the run ended: finished, failed (with the error and its exit code) or
    interrupted. Entering again resumes the run.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as root:
    ...     with RunFolder.create(Path(root), pipeline="phishing", name="first") as folder:
    ...         with folder.making("ingestion", "inputs 1") as making:
    ...             _ = (making.path / "rows.txt").write_text("11055")
    ...             making.finish({"rows": "rows.txt"})
    ...         again = folder.finished("ingestion", "inputs 1"), folder.finished("ingestion", "inputs 2")
    ...     folder.record.status, again
    ('finished', ({'rows': 'rows.txt'}, None))
    """

    def __init__(self, path: Path, record: RunRecord) -> None:
        self.path = path
        self.record = record
        self._lock = FolderLock(path / LOCK)

    @classmethod
    def create(cls, root: Path, *, pipeline: str, name: str | None = None) -> "RunFolder":
        """A new run under ``root``; its id is ``name``, or made of the pipeline, the UTC time and 4 digits.

        The name of a run that was killed before it had anything is free. Raises ``UsageError`` when the name is
        taken or cannot be a folder's, ``OutputError`` when the folder cannot be written.
        """
        now = datetime.now(UTC)
        run_id = name or f"{pipeline}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        if not _NAME.fullmatch(run_id):
            raise UsageError(
                f"{run_id!r} cannot name a run",
                expected="at most 100 letters, digits, dots, dashes and underscores, a letter or digit first",
                remedy="choose another name",
            )
        path = root / run_id
        if (path / RECORD).exists() and not _is_bare(path):
            raise UsageError(
                f"there is a run named {run_id!r} already",
                where=str(path),
                remedy="resume that run, or choose another name",
            )
        with output_errors(path):
            path.mkdir(parents=True, exist_ok=True)
        with FolderLock(path / LOCK):
            record = RunRecord(id=run_id, pipeline=pipeline, status="interrupted", started=_iso(now))
            write_record(path, record)
        return cls(path, record)

    @classmethod
    def open(cls, path: Path) -> "RunFolder":
        """The run in ``path``, to look at or to resume; raises ``UsageError`` when there is none."""
        return cls(path, read_record(path))

    @property
    def id(self) -> str:
        """The run's name, unique under its root."""
        return self.record.id

    def stage_path(self, name: str) -> Path:
        """The folder of the stage ``name``, made or not."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot name a stage")
        return self.path / "stages" / name

    def finished(self, name: str, inputs_digest: str) -> dict[str, Any] | None:
        """What the stage ``name`` returned for these inputs; None when it must be made (again)."""
        return finished_stage(self.stage_path(name), inputs_digest)

    @contextlib.contextmanager
    def making(self, name: str, inputs_digest: str) -> Iterator[Making]:
        """Make the stage ``name``; its folder appears when the block called ``finish`` and ends well."""
        self._must_hold_lock()
        with making_stage(self.stage_path(name), inputs_digest) as making:
            yield making

    def update_record(self, **facts: Any) -> None:
        """Set fields of the record and write it, whole; secrets in them are hidden."""
        self._must_hold_lock()
        self.record = dataclasses.replace(self.record, **facts)
        write_record(self.path, self.record)

    def __enter__(self) -> "RunFolder":
        self._lock.acquire()
        try:
            self.record = read_record(self.path)
            self._remove_leftovers()
            self.update_record(
                status="running", attempts=self.record.attempts + 1, ended=None, exit_code=None, error=None
            )
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        status, exit_code = _ending(error)
        text = None if error is None else (str(error) or type(error).__name__)
        try:
            self.update_record(status=status, exit_code=exit_code, error=text, ended=_iso(datetime.now(UTC)))
        except OutputError:
            # The error that ended the run matters more than that its record could not be kept.
            if error is None:
                raise
        finally:
            self._lock.release()

    def _must_hold_lock(self) -> None:
        if not self._lock.held:
            raise RuntimeError(f"work in the run folder {self.path} inside `with folder:`")

    def _remove_leftovers(self) -> None:
        """Remove what a killed process left half-made; safe, because this process holds the lock."""
        for folder in (self.path, self.path / "stages"):
            for pattern in (".*.part", ".*.old"):
                for leftover in folder.glob(pattern):
                    with output_errors(leftover):
                        if leftover.is_dir():
                            shutil.rmtree(leftover)
                        else:
                            leftover.unlink()


def list_runs(root: Path) -> list[RunRecord]:
    """The records of all runs under ``root``, the newest first; an absent ``root`` has none.

    A run whose process was killed is shown as interrupted; one whose record cannot be read as damaged, named
    by its folder.
    """
    records = [_seen_from_outside(path.parent) for path in root.glob(f"*/{RECORD}")]
    return sorted(records, key=lambda record: (record.started, record.id), reverse=True)


def _seen_from_outside(folder: Path) -> RunRecord:
    try:
        record = read_record(folder)
    except (IntegrityError, UsageError) as error:
        return RunRecord(id=folder.name, pipeline="", status="damaged", error=error.what)
    # A folder that was moved or copied is known by the name it has now.
    record = dataclasses.replace(record, id=folder.name)
    if record.status == "running" and not is_locked(folder / LOCK):
        return dataclasses.replace(record, status="interrupted")
    return record


def _is_bare(path: Path) -> bool:
    """Whether a run's folder has nothing but its record and what is hidden, and nobody works in it."""
    shown = {item.name for item in path.iterdir() if not item.name.startswith(".")}
    return shown == {RECORD} and not is_locked(path / LOCK)


def _ending(error: BaseException | None) -> tuple[Status, int]:
    match error:
        case None:
            return "finished", 0
        case KeyboardInterrupt() | Interrupted():
            return "interrupted", Interrupted.exit_code
        case GarrisonError():
            return "failed", error.exit_code
        case SystemExit(code=int(code)):
            return ("failed", code) if code else ("finished", 0)
        case SystemExit(code=None):
            return "finished", 0
        case _:
            return "failed", 1


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
