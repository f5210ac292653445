"""How far a stream got, in one file that is replaced as a whole: places, counts, and what the windows remember."""

import io
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from garrison.errors import IntegrityError, UsageError
from garrison.features.live_memory import Arrays, LiveMemory
from garrison.files import atomic_file, output_errors
from garrison.serving.stream.taken import Position

FORMAT = 1


@dataclass(frozen=True)
class Checkpoint:
    """Everything before ``position`` of the source is scored and safe in the sink.

    ``token`` names the stream in its verdicts, ``serial`` counts the checkpoints. ``format`` is what the format knows
    of lines before the place, ``counts`` what there was since the stream began, ``memory`` what its windows remember.
    ``again`` events behind the place had been scored before a break, and have not come again yet.
    """

    source: str
    sink: str
    token: str = field(default_factory=lambda: secrets.token_hex(4))
    serial: int = 0
    position: Position | None = None
    format: dict[str, Any] = field(default_factory=dict)
    sink_position: Position | None = None
    refused_position: Position | None = None
    counts: dict[str, int] = field(default_factory=dict)
    again: int = 0
    memory: LiveMemory | None = None

    def write(self, path: Path) -> None:
        """Keep it at ``path``, whole or not at all; ``OutputError`` when that cannot be."""
        facts = {name: value for name, value in vars(self).items() if name != "memory"}
        facts["version"] = FORMAT
        kept: Arrays = {}
        facts["memory"] = None
        if self.memory is not None:
            facts["memory"], kept = self.memory.to_parts()
        arrays: dict[str, Any] = {"facts": np.frombuffer(json.dumps(facts).encode(), dtype=np.uint8), **kept}
        with atomic_file(path) as temporary, temporary.open("wb") as file:
            np.savez(file, **arrays)

    @classmethod
    def read(cls, path: Path, *, source: str, sink: str) -> "Checkpoint | None":
        """The checkpoint at ``path``, None where there is none.

        ``IntegrityError`` when it is damaged, ``UsageError`` when it is that of another source or sink.
        """
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise IntegrityError(f"the state cannot be read: {error.strerror}", where=str(path)) from error
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as parts:
                arrays = {name: parts[name] for name in parts.files}
            facts = json.loads(arrays.pop("facts").tobytes())
            if facts.pop("version") != FORMAT:
                raise ValueError("another format")
            kept = facts.pop("memory")
            memory = None if kept is None else LiveMemory.from_parts(kept, arrays)
            found = cls(**facts, memory=memory)
        except Exception as error:  # whatever NumPy, zip and JSON find wrong with a damaged file
            raise IntegrityError(
                f"the state is damaged: {error}"[:300],
                where=str(path),
                expected="what a stream has written there",
                remedy="take the file away: the stream then begins anew",
            ) from error
        for what, now, then in (("source", source, found.source), ("sink", sink, found.sink)):
            if now != then:
                raise UsageError(
                    f"the state is that of another {what}: {then}",
                    where=str(path),
                    expected=now,
                    remedy="give another --state, or take the file away to begin anew",
                )
        return found


class Journal:
    """How many events were scored since the last checkpoint: what a kill cannot take back.

    One number that is overwritten in place. It outlasts the process, though not a loss of power.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with output_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            if not os.fstat(self._descriptor).st_size:
                self.note(0, 0)  # room for the number is taken now, while a full disk loses nothing

    def since(self, serial: int) -> int:
        """How many were scored after checkpoint number ``serial`` and before now."""
        try:
            then, count = map(int, os.pread(self._descriptor, 64, 0).split())
        except ValueError:
            return 0
        return count if then == serial else 0

    def note(self, serial: int, count: int) -> None:
        """``count`` events were scored since checkpoint number ``serial``."""
        with output_errors(self.path):
            os.pwrite(self._descriptor, f"{serial:020d} {count:020d}\n".encode(), 0)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)
