"""What a run has to tell the tracking server, kept in the run's folder until it was told.

``tracking/facts.jsonl`` holds one fact a line and only grows. ``tracking/files/`` holds copies of the
artifacts not yet sent. ``tracking/sent.json`` says how far the sending got, so that it can stop and go on at
any point.
"""

import dataclasses
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from garrison.errors import IntegrityError
from garrison.files import atomic_file, output_errors, write_json
from garrison.run.appending import append_whole
from garrison.run.redaction import redact, redact_value

FOLDER = "tracking"

Kind = Literal["start", "params", "metrics", "tags", "artifact", "finish"]


@dataclass(frozen=True)
class Destination:
    """Where the facts go; ``mark`` is a random text by which the server's run is known to be this one.

    ``artifacts`` is where a new experiment keeps its files, for a local database; None leaves it to the
    server.
    """

    uri: str
    experiment: str
    run_name: str
    mark: str
    artifacts: str | None = None


@dataclass(frozen=True)
class Fact:
    """One thing to tell: ``content`` depends on ``kind``, ``time`` is milliseconds since 1970."""

    kind: Kind
    time: int
    content: dict[str, Any]


@dataclass(frozen=True)
class Progress:
    """How far the sending to ``uri`` got.

    ``sent`` facts, from the first, need no more sending, except the artifacts at the places ``held``.
    ``in_doubt`` says that the last sending broke off, so that the server may have taken more than is counted
    here.
    """

    uri: str
    run: str | None = None
    sent: int = 0
    held: tuple[int, ...] = ()
    refused: int = 0
    in_doubt: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Sent:
    """What became of a run's facts: those the server has, those kept here, those it refused for good."""

    sent: int
    left: int
    refused: int
    problem: str


class Spool:
    """The facts of the run in ``run_folder``, to be written by the run and read by the sender."""

    def __init__(self, run_folder: Path) -> None:
        self.path = run_folder / FOLDER
        self._facts = self.path / "facts.jsonl"

    def exists(self) -> bool:
        """Whether this run ever had something to tell."""
        return (self.path / "destination.json").is_file()

    def open(self, *, uri: str, experiment: str, run_name: str, artifacts: str | None) -> Destination:
        """Begin, or go on, telling of this run to ``uri``; the mark of an earlier beginning is kept."""
        mark = self.destination().mark if self.exists() else secrets.token_hex(8)
        destination = Destination(uri, experiment, run_name, mark, artifacts)
        write_json(self.path / "destination.json", dataclasses.asdict(destination))
        self._cut_half_line()
        return destination

    def destination(self) -> Destination:
        """Where the facts go."""
        return Destination(**self._read_json("destination.json"))

    def append(self, kind: Kind, content: Mapping[str, Any]) -> None:
        """Keep one fact, its secrets hidden; raises ``OutputError`` when the disk is full."""
        fact = {"kind": kind, "time": time.time_ns() // 1_000_000, "content": redact_value(content)}
        line = json.dumps(fact, ensure_ascii=False).encode("utf-8", errors="backslashreplace") + b"\n"
        with output_errors(self._facts):
            descriptor = os.open(self._facts, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                append_whole(descriptor, line)
            finally:
                os.close(descriptor)

    def append_file(self, source: Path, target: str) -> None:
        """Keep a copy of the file ``source``, to be an artifact named ``target`` (a path with slashes)."""
        copy = f"{secrets.token_hex(8)}/{target.rpartition('/')[2]}"
        with atomic_file(self.path / "files" / copy) as temporary:
            shutil.copyfile(source, temporary)
        self.append("artifact", {"file": copy, "target": target})

    def append_bytes(self, content: bytes, target: str) -> None:
        """Keep ``content``, to be an artifact named ``target``."""
        copy = f"{secrets.token_hex(8)}/{target.rpartition('/')[2]}"
        with atomic_file(self.path / "files" / copy) as temporary:
            temporary.write_bytes(content)
        self.append("artifact", {"file": copy, "target": target})

    def facts(self) -> list[Fact]:
        """All facts in order; a last line that is still being written does not count."""
        return list(self._read_facts())

    def file(self, fact: Fact) -> Path:
        """The kept copy of an artifact; raises ``IntegrityError`` when its name leads out of the spool."""
        folder = self.path / "files"
        file = folder / str(fact.content["file"])
        if ".." in file.parts or not file.is_relative_to(folder):
            raise IntegrityError("the kept facts name a file outside their folder", where=str(self._facts))
        return file

    def forget_file(self, fact: Fact) -> None:
        """Remove the kept copy of an artifact that was sent."""
        shutil.rmtree(self.file(fact).parent, ignore_errors=True)

    def has_ended(self) -> bool:
        """Whether the run has said that it is over."""
        facts = self.facts()
        return bool(facts) and facts[-1].kind == "finish"

    def progress(self, uri: str) -> Progress:
        """How far the sending to ``uri`` got; nothing yet, when the facts went elsewhere before."""
        if not (self.path / "sent.json").is_file():
            return Progress(uri)
        content = self._read_json("sent.json")
        progress = Progress(**{**content, "held": tuple(content["held"])})
        return progress if progress.uri == uri else Progress(uri)

    def save_progress(self, progress: Progress) -> None:
        """Write down how far the sending got."""
        write_json(self.path / "sent.json", dataclasses.asdict(progress))

    def refuse(self, fact: Fact, reason: str) -> None:
        """Note a fact that the server will never take, and why."""
        line = json.dumps({**dataclasses.asdict(fact), "reason": redact(reason)}, ensure_ascii=False)
        path = self.path / "refused.jsonl"
        with output_errors(path), path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def account(self, uri: str) -> Sent:
        """What became of the facts so far."""
        progress = self.progress(uri)
        left = len(self.facts()) - progress.sent + len(progress.held)
        sent = progress.sent - len(progress.held) - progress.refused
        return Sent(sent=sent, left=left, refused=progress.refused, problem=progress.problem)

    def _read_facts(self) -> Iterator[Fact]:
        if not self._facts.is_file():
            return
        for number, line in enumerate(self._facts.read_bytes().split(b"\n")[:-1], start=1):
            try:
                yield Fact(**json.loads(line))
            except (ValueError, TypeError) as error:
                raise _damaged(self._facts, f" line {number}") from error

    def _read_json(self, name: str) -> dict[str, Any]:
        path = self.path / name
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise _damaged(path) from error
        if not isinstance(content, dict):
            raise _damaged(path)
        return content

    def _cut_half_line(self) -> None:
        """Drop the end of a fact whose writing was cut short by a kill, so that the next begins a line."""
        if self._facts.is_file():
            content = self._facts.read_bytes()
            whole = content.rfind(b"\n") + 1
            if whole != len(content):
                with output_errors(self._facts):
                    os.truncate(self._facts, whole)


def _damaged(path: Path, place: str = "") -> IntegrityError:
    return IntegrityError(
        "the facts kept for the tracking server are damaged",
        where=f"{path}{place}",
        expected="the JSON that Garrison wrote",
        remedy="remove the folder `tracking` of this run; what was not sent is lost",
    )
