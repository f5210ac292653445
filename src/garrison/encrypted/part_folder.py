"""The folders of the two parts: sealed as saved detectors are, and never written over anything else."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from garrison.detection.integrity import MANIFEST, parse_json, read_sealed, write_sealed
from garrison.errors import GarrisonError, ModelError, UsageError
from garrison.files import atomic_folder, output_errors

FORMAT = 1
_REMEDY = "prepare the detector again: garrison encrypted prepare"

Part = TypeVar("Part")


def write_part(folder: Path, kind: str, facts: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    """Write a part, whole or not at all; a part of the same kind is replaced, anything else is not."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())) and _kind_in(folder) != kind:
        raise UsageError(
            f"something else than {kind} is there already",
            where=str(folder),
            expected="a new folder",
            remedy="choose another one",
        )
    with output_errors(folder), atomic_folder(folder) as temporary:
        return write_sealed(temporary, files, {**facts, "kind": kind, "format": FORMAT})


def read_part(folder: Path, kind: str, read: Callable[[dict[str, Any], dict[str, bytes]], Part]) -> Part:
    """What ``read`` makes of the facts and files of a part of that kind, all of them verified first."""
    if not folder.is_dir():
        raise ModelError(
            f"{kind} of a prepared detector is not here",
            where=str(folder),
            expected="a folder",
            remedy=_REMEDY,
        )
    sealed = read_sealed(folder)
    facts = sealed.manifest
    if facts.get("kind") != kind or facts.get("format") != FORMAT:
        raise ModelError(
            f"this is not {kind} of a prepared detector, or one of another version",
            where=str(folder / MANIFEST),
            expected=f"{kind}, of format {FORMAT}",
            remedy=_REMEDY,
        )
    try:
        return read(facts, sealed.files)
    except GarrisonError:
        raise
    except Exception as error:
        raise ModelError(
            f"{kind} cannot be read: {type(error).__name__}", where=str(folder), remedy=_REMEDY
        ) from error


def _kind_in(folder: Path) -> Any:
    path = folder / MANIFEST
    try:
        return parse_json(path.read_bytes()[: 1 << 20], where=str(path)).get("kind")
    except (OSError, ModelError):
        return None
