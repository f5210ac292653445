"""What is known of one run, kept in its ``run.json``."""

import dataclasses
import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict, TypeAdapter

from garrison.errors import IntegrityError, UsageError
from garrison.files import write_json
from garrison.run.redaction import redact_value

RECORD = "run.json"

Status = Literal["running", "finished", "failed", "interrupted", "damaged"]


def _from_text(value: object) -> object:
    return float(value) if isinstance(value, str) and value in ("nan", "inf", "-inf") else value


Number = Annotated[float, BeforeValidator(_from_text)]
"""A number; one that JSON cannot hold stands in the file as ``"nan"``, ``"inf"`` or ``"-inf"``."""


@dataclass(frozen=True)
class RunRecord:
    """One run: times are ISO 8601 in UTC, ``stages`` maps a stage's name to its seconds.

    ``status`` is ``damaged`` when ``run.json`` could not be read; the other facts are then not known.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    id: str
    pipeline: str
    status: Status
    started: str = ""
    ended: str | None = None
    attempts: int = 0
    command: str = ""
    exit_code: int | None = None
    error: str | None = None
    metrics: dict[str, Number] = field(default_factory=dict)
    stages: dict[str, Number] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    git_commit: str | None = None
    seed: int | None = None
    data_fingerprint: str | None = None
    report: str | None = None
    notes: dict[str, Any] = field(default_factory=dict)


@functools.cache
def _reader() -> TypeAdapter[RunRecord]:
    return TypeAdapter(RunRecord)


def read_record(folder: Path) -> RunRecord:
    """The record of the run in ``folder``.

    Raises ``UsageError`` when the folder is no run's, ``IntegrityError`` when its ``run.json`` is damaged.
    """
    path = folder / RECORD
    try:
        return _reader().validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(
            "this is not the folder of a run",
            where=str(folder),
            expected=f"a folder that holds {RECORD}",
            remedy="list the runs with `garrison runs list`",
        ) from error
    except OSError as error:
        raise UsageError(f"cannot read the run's record: {error.strerror}", where=str(path)) from error
    except ValueError as error:
        raise _damaged(path) from error


def write_record(folder: Path, record: RunRecord) -> None:
    """Write the record whole, its secrets hidden."""
    write_json(folder / RECORD, redact_value(dataclasses.asdict(record)))


def _damaged(path: Path) -> IntegrityError:
    return IntegrityError(
        "the run's record is damaged",
        where=str(path),
        expected="the JSON that Garrison wrote",
        remedy="start a new run; the files of the old one are still in its folder",
    )
