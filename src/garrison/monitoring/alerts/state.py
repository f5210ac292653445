"""Which causes are known already, so that each is told once and not with every event."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from garrison.errors import GarrisonError, OutputError, RunBusy
from garrison.files import output_errors, write_json
from garrison.run.lock import in_turn

WAIT_S = 30.0


class Cause(BaseModel):
    """A cause that was found: since when, and when each sink was told of it (and of its end)."""

    model_config = ConfigDict(extra="forbid")

    model: str
    rule: str
    subject: str
    text: str
    since: float
    told: dict[str, float] = {}
    ended: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells causes apart."""
        return self.model, self.rule, self.subject


class Causes(BaseModel):
    """All causes that have not ended, or whose end somebody has yet to be told."""

    model_config = ConfigDict(extra="forbid")

    format: int = 1
    causes: list[Cause] = []


@contextlib.contextmanager
def known_causes(path: Path) -> Iterator[dict[tuple[str, str, str], Cause]]:
    """The causes in the file at ``path``, written back at the end; one process at a time.

    ``OutputError`` where the file cannot be written, or another process holds it for too long.
    """
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with _turn(path.with_suffix(".lock")):
        causes = {cause.key: cause for cause in _read(path).causes}
        try:
            yield causes
        finally:
            kept = Causes(causes=list(causes.values()))
            write_json(path, kept.model_dump(mode="json"))


def read_causes(path: Path) -> tuple[Cause, ...]:
    """The causes in the file at ``path``, only to be looked at; none where there is no file yet."""
    return tuple(_read(path).causes)


@contextlib.contextmanager
def _turn(path: Path) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(in_turn(path, wait_s=WAIT_S))
        except RunBusy as busy:
            raise OutputError(
                "another process is telling of alerts", where=str(path), remedy="wait until it has ended"
            ) from busy
        yield


def _read(path: Path) -> Causes:
    if not path.is_file():
        return Causes()
    try:
        return Causes.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError, RecursionError) as error:
        raise GarrisonError(
            "the file of known alerts cannot be read",
            where=str(path),
            expected="what an earlier check wrote",
            remedy="move it away: every cause that is still there is then told once more",
        ) from error
