"""One version of a model in the registry, and what is written down about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, JsonValue, ValidationError

from garrison.errors import RegistryError

STAGES = ("experimental", "production")
"""Where a version can stand in the registry."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Version:
    """A model's number in the registry, the stage it stands in, and its folder."""

    name: str
    version: int
    stage: str
    path: Path

    @property
    def detector(self) -> Path:
        """The folder with the saved detector."""
        return self.path / "detector"

    @property
    def record(self) -> "Record":
        """What was written down when the version was made."""
        return read_record(self.path / "record.json")


class Record(BaseModel):
    """When a version was made, by which run, with which metrics, why, and after which one.

    ``parent`` is the version that was current in the stage before; ``digest`` is the SHA-256 over the
    detector's files; ``facts`` is what else the caller wrote down.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    name: str
    version: int = Field(ge=1)
    stage: str
    when: str
    digest: str
    parent: int | None = None
    run: str | None = None
    metrics: dict[str, FiniteFloat] = {}
    reason: str | None = None
    facts: dict[str, JsonValue] = {}

    def carried(self) -> dict[str, Any]:
        """What goes along to another registry, in the form that a push takes."""
        came_from = f"{self.stage}/{self.name}@{self.version}"
        return {
            **self.facts,
            "run": self.run,
            "metrics": self.metrics,
            "reason": self.reason,
            "came_from": came_from,
        }


def make_record(given: Mapping[str, Any], **known: Any) -> Record:
    """A record from what the caller gave (run, metrics, reason, other facts) and what is known here."""
    named = {key: given[key] for key in ("run", "metrics", "reason") if given.get(key) is not None}
    facts = {key: value for key, value in given.items() if key not in {"run", "metrics", "reason"}}
    try:
        return Record(**known, **named, facts=facts, when=now())
    except ValidationError as error:
        fault = error.errors()[0]
        raise RegistryError(
            "the record of a version cannot be written",
            where=".".join(map(str, fault["loc"])),
            expected="run and reason as text, metrics as finite numbers, other facts as JSON values",
        ) from error


def read_record(path: Path) -> Record:
    """Read a version's record; ``RegistryError`` when it is missing or damaged."""
    try:
        return Record.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise RegistryError(
            "the record of a version cannot be read", where=str(path), remedy="push the model again"
        ) from error


def now() -> str:
    """The time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def checked_name(name: str) -> str:
    """A model's name, refused when it could not be a folder name everywhere.

    >>> checked_name("phishing")
    'phishing'
    """
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise RegistryError(
            f"not a name for a model: {name!r}",
            expected="1 to 64 lower-case letters, digits, dots, dashes or underscores",
            remedy="choose a name such as phishing-urls",
        )
    return name


def checked_stage(stage: str) -> str:
    """A stage's name, refused when there is no such stage."""
    if stage not in STAGES:
        raise RegistryError(f"no stage is called {stage!r}", expected=" or ".join(STAGES))
    return stage
