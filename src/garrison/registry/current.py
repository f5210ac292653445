"""The small file that says which version is current; replacing it is the moment a version goes live."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from garrison.errors import RegistryError
from garrison.files import write_json
from garrison.registry.version import now


class Move(BaseModel):
    """One change of the current version: what was done, to which version, when, why, and against which objections."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Literal["push", "promote", "rollback"]
    version: int
    when: str
    reason: str | None = None
    overruled: tuple[str, ...] = ()


class Current(BaseModel):
    """The current version, those a rollback returns to (newest last), and every move so far."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    version: int
    before: tuple[int, ...] = ()
    moves: tuple[Move, ...] = ()


def read_current(path: Path) -> Current | None:
    """What the file says, or None where there is none; ``RegistryError`` when it is damaged."""
    try:
        return Current.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise RegistryError(
            "the file that names the current version cannot be read",
            where=str(path),
            remedy="remove it and promote the version that should be current",
        ) from error


def make_current(
    path: Path,
    version: int,
    *,
    action: Literal["push", "promote"],
    reason: str | None,
    overruled: tuple[str, ...] = (),
) -> None:
    """Make ``version`` current; the one that was, is where a rollback returns to."""
    old = read_current(path)
    before = (*old.before, old.version) if old else ()
    moves = old.moves if old else ()
    move = Move(action=action, version=version, when=now(), reason=reason, overruled=overruled)
    _write(path, Current(version=version, before=before, moves=(*moves, move)))


def step_back(path: Path, old: Current, *, reason: str | None) -> int:
    """Make the version before the current one current again, and give its number."""
    version = old.before[-1]
    move = Move(action="rollback", version=version, when=now(), reason=reason)
    _write(path, Current(version=version, before=old.before[:-1], moves=(*old.moves, move)))
    return version


def _write(path: Path, current: Current) -> None:
    write_json(path, current.model_dump(mode="json"))
