"""What a finished folder of shards says of itself: what it holds, how it was made, and the digest of every file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from garrison.errors import IntegrityError, UsageError
from garrison.files import sha256_of, sha256_of_json, write_json

MANIFEST = "manifest.json"
FORMAT = 1
MOST_BYTES = 1 << 28


@dataclass(frozen=True)
class ShardFile:
    """One file of a shard: its name in the folder, and its SHA-256."""

    name: str
    sha256: str

    def fault(self, folder: Path) -> str:
        """What is wrong with the file, "missing" or "damaged"; nothing when it is as it was written."""
        path = folder / self.name
        if not path.is_file():
            return "missing"
        return "" if sha256_of(path) == self.sha256 else "damaged"


@dataclass(frozen=True)
class ShardRecord:
    """One shard: how many rows it has, and its files by what is in them."""

    rows: int
    files: Mapping[str, ShardFile]

    def faults(self, folder: Path) -> list[str]:
        """What is wrong with its files, each named."""
        found = ((file.name, file.fault(folder)) for file in self.files.values())
        return [f"{name} is {fault}" for name, fault in found if fault]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        files = {what: {"name": file.name, "sha256": file.sha256} for what, file in self.files.items()}
        return {"rows": self.rows, "files": files}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """What ``to_dict`` wrote; ``TypeError``, ``KeyError`` or ``ValueError`` for anything else."""
        files = {
            str(what): ShardFile(_plain_name(each["name"]), str(each["sha256"]))
            for what, each in facts["files"].items()
        }
        return cls(int(facts["rows"]), files)


def _plain_name(name: Any) -> str:
    """A name that cannot lead out of the folder."""
    if not isinstance(name, str) or Path(name).name != name or name.startswith("."):
        raise ValueError(f"{name!r} is no name of a shard's file")
    return name


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """``stage`` says what the shards hold; ``made_from`` all that decides their bytes; ``facts`` what else is known."""

    stage: str
    made_from: Mapping[str, Any]
    shards: tuple[ShardRecord, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows in all shards."""
        return sum(shard.rows for shard in self.shards)

    @property
    def identity(self) -> str:
        """The digest of what the shards hold and were made from, whatever else is known of them."""
        return sha256_of_json(self._content())

    def _content(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "stage": self.stage,
            "made_from": dict(self.made_from),
            "rows": self.rows,
            "shards": [shard.to_dict() for shard in self.shards],
        }

    def write(self, folder: Path) -> None:
        """Write it, whole: from then on the folder is finished."""
        said = {**self._content(), "facts": dict(self.facts)}
        write_json(folder / MANIFEST, {**said, "sha256": sha256_of_json(said)})


def command_of(stage: str) -> str:
    """The command that makes what a stage is named after."""
    named = {"messages": "encrypt", "differences": "distinguish"}
    return f"garrison ciphers {named.get(stage, stage)}"


def _anew(stage: str) -> str:
    """What makes it again in place of what is there; tables of differences are made where there are none."""
    again = command_of(stage)
    return f"remove the folder, then {again}" if stage == "differences" else f"{again} … --replace"


def read_manifest(folder: Path, stage: str) -> Manifest:
    """The manifest of a finished folder.

    ``UsageError`` when there is none or it is of another stage, ``IntegrityError`` when it was changed.
    """
    path = folder / MANIFEST
    command = command_of(stage)
    if not path.is_file():
        raise UsageError(f"there are no finished {stage}", where=str(folder), remedy=f"make them: {command}")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        facts = json.loads(path.read_text(encoding="utf-8"))
        told = facts.pop("sha256")
        if told != sha256_of_json(facts) or facts["format"] != FORMAT:
            raise ValueError("its digest does not match what it says")
        shards = tuple(ShardRecord.from_dict(each) for each in facts["shards"])
        found = Manifest(
            stage=facts["stage"], made_from=facts["made_from"], shards=shards, facts=facts["facts"]
        )
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise IntegrityError(
            f"the manifest is damaged: {error}",
            where=str(path),
            remedy=f"make what it holds again: {_anew(stage)}",
        ) from error
    if found.stage != stage:
        raise UsageError(f"the folder holds {found.stage}, not {stage}", where=str(folder))
    return found
