"""What processes that train tell the one that shows it: a line of JSON for every round, in one file."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from garrison.federated import Round
from garrison.pipelines.federating.cells import Cell


@dataclass(frozen=True)
class Note:
    """A round of the model of a cell and seed; ``ended`` is None where the model is finished, or was before."""

    cell: str
    seed: int
    ended: Round | None


@dataclass(frozen=True)
class RoundNotes:
    """Notes the rounds of one model in ``file``; a call is one round.

    What is only shown does not stop a training: where the file cannot be written, nothing is noted.
    """

    file: Path
    cell: Cell
    seed: int

    def __call__(self, one: Round) -> None:
        """A round has ended."""
        self._note(one.to_dict())

    def finished(self) -> None:
        """The model is there."""
        self._note(None)

    def _note(self, ended: dict[str, object] | None) -> None:
        line = json.dumps({"cell": self.cell.key, "seed": self.seed, "ended": ended}) + "\n"
        with contextlib.suppress(OSError), self.file.open("ab") as file:
            file.write(line.encode())


@dataclass
class NotesRead:
    """The notes in a file, each once.

    What a process is still writing is left for the next look, and what a full disk has cut is left out.
    """

    file: Path
    place: int = 0

    def new(self) -> Iterator[Note]:
        """What was noted since the last look."""
        try:
            with self.file.open("rb") as file:
                file.seek(self.place)
                content = file.read()
        except OSError:
            return
        whole = content[: content.rfind(b"\n") + 1]
        self.place += len(whole)
        for line in whole.splitlines():
            with contextlib.suppress(ValueError, KeyError, TypeError):
                yield _read(json.loads(line))


def _read(facts: dict[str, Any]) -> Note:
    ended = None if facts["ended"] is None else Round.from_dict(facts["ended"])
    return Note(facts["cell"], int(facts["seed"]), ended)
