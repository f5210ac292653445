"""Downloads that can be broken off, lied to and resumed, and still end in the right bytes or none.

What has arrived is kept beside the target as ``.part``. The digest is known beforehand, so a part begun at
one mirror may be finished at another; a whole that does not match is thrown away, and never takes its final
name.
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from garrison.data.catalogue.base import DataFile
from garrison.errors import DatasetError
from garrison.files import output_errors, sha256_of, write_json
from garrison.progress import Advance, progress

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True)
class Patience:
    """How long a download may take, in seconds, and how often each mirror is tried.

    ``read_s`` bounds the silence between two pieces, ``total_s`` one try as a whole.
    """

    connect_s: float = 10.0
    read_s: float = 30.0
    total_s: float = 1800.0
    tries: int = 2
    pause_s: float = 1.0


class _MirrorError(Exception):
    """One try at one mirror failed; the text says why."""


def refuse_when_offline(what: str) -> None:
    """Raise ``DatasetError`` when ``GARRISON_OFFLINE`` forbids downloads."""
    if os.environ.get("GARRISON_OFFLINE", "").strip().lower() in ("1", "true", "yes", "on"):
        raise DatasetError(
            f"{what} is not on this machine, and downloads are off",
            where="GARRISON_OFFLINE",
            remedy="unset GARRISON_OFFLINE, or put the file into the folder GARRISON_DATA names",
        )


def download(file: DataFile, target: Path, *, patience: Patience | None = None) -> Path:
    """Bring ``file`` to ``target``, whole and with the right digest; the mirrors are tried in turn.

    ``DatasetError`` when no mirror gives the right bytes, with what went wrong at each, or when another
    process is downloading the same file; ``OutputError`` when the folder cannot be written.
    """
    import httpx

    refuse_when_offline(file.base_name)
    patience = patience or Patience()
    failures: list[str] = []
    timeout = httpx.Timeout(patience.read_s, connect=patience.connect_s)
    headers = {"Accept-Encoding": "identity", "User-Agent": "garrison"}
    with (
        output_errors(target),
        _part_of(target) as part,
        httpx.Client(timeout=timeout, headers=headers, follow_redirects=True) as client,
        progress(f"downloading {file.base_name}", total=file.bytes) as advance,
    ):
        one = _Download(client, file, part, patience, advance)
        for mirror in file.mirrors:
            for attempt in range(patience.tries):
                if attempt:
                    time.sleep(patience.pause_s)
                try:
                    one.attempt(mirror)
                except (_MirrorError, httpx.HTTPError, httpx.InvalidURL) as error:
                    failures.append(f"{mirror}: {str(error) or type(error).__name__}")
                else:
                    part.finish()
                    return target
    raise DatasetError(
        f"{file.base_name} could not be downloaded",
        where="; ".join(failures) or "no mirror is known",
        expected=f"{file.bytes:,} bytes with SHA-256 {file.sha256}",
        remedy="try again later: what has arrived is kept; or put the file into the folder GARRISON_DATA "
        "names",
    )


@dataclass
class _Part:
    """The bytes that have arrived, and which mirror they came from with which validator."""

    file: IO[bytes]
    path: Path
    target: Path

    @property
    def origin(self) -> Path:
        return self.path.with_name(self.path.name + ".json")

    @property
    def size(self) -> int:
        return self.file.seek(0, os.SEEK_END)

    def clear(self) -> None:
        self.file.truncate(0)
        self.file.seek(0)
        self.origin.unlink(missing_ok=True)

    def validator(self, mirror: str) -> str:
        try:
            facts = json.loads(self.origin.read_text(encoding="utf-8"))
            return str(facts["validator"]) if facts["mirror"] == mirror else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def finish(self) -> None:
        os.fsync(self.file.fileno())
        self.path.replace(self.target)
        self.origin.unlink(missing_ok=True)


@contextlib.contextmanager
def _part_of(target: Path) -> Iterator[_Part]:
    target.parent.mkdir(parents=True, exist_ok=True)
    path = target.with_name(f".{target.name}.part")
    with path.open("ab+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            still_there = path.exists() and os.path.samestat(path.stat(), os.fstat(file.fileno()))
        except BlockingIOError:
            still_there = False
        if not still_there:
            raise DatasetError(
                f"another process is downloading {target.name}, or has just done so",
                where=str(path),
                remedy="wait for it, then ask again",
            )
        yield _Part(file, path, target)


@dataclass
class _Download:
    """One file on its way: who asks, what is wanted, what has arrived, and how long to wait."""

    client: "httpx.Client"
    file: DataFile
    part: _Part
    patience: Patience
    advance: Advance

    def attempt(self, mirror: str) -> None:
        """Bring the part to the whole from one mirror, or raise ``_MirrorError``."""
        file, part = self.file, self.part
        if part.size > file.bytes:
            part.clear()
        begun = part.size
        if begun < file.bytes:
            self._receive(mirror)
        part.file.flush()
        if part.size < file.bytes:
            raise _MirrorError(f"the answer ended after {part.size:,} of {file.bytes:,} bytes")
        if sha256_of(part.path) != file.sha256:
            part.clear()
            if not begun:
                raise _MirrorError("the bytes are not those of the data set: wrong SHA-256")
            self.attempt(mirror)

    def _receive(self, mirror: str) -> None:
        begun = self.part.size
        headers = {}
        if begun:
            headers["Range"] = f"bytes={begun}-"
            if validator := self.part.validator(mirror):
                headers["If-Range"] = validator
        with self.client.stream("GET", mirror, headers=headers) as answer:
            if answer.status_code == 206 and begun:
                if not answer.headers.get("Content-Range", "").startswith(f"bytes {begun}-"):
                    raise _MirrorError("the mirror sent another range than it was asked for")
            elif answer.status_code == 200:
                self.part.clear()
            else:
                if answer.status_code == 416:
                    self.part.clear()
                raise _MirrorError(f"HTTP status {answer.status_code}")
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise _MirrorError("the mirror sends another encoding than it was asked for")
            validator = answer.headers.get("ETag", "")
            if validator and not validator.startswith("W/"):
                write_json(self.part.origin, {"mirror": mirror, "validator": validator})
            self._keep(answer)

    def _keep(self, answer: "httpx.Response") -> None:
        deadline = time.monotonic() + self.patience.total_s
        size = self.part.size
        self.advance(size)
        for piece in answer.iter_raw():
            size += len(piece)
            if size > self.file.bytes:
                self.part.clear()
                raise _MirrorError(f"the mirror sends more than {self.file.bytes:,} bytes")
            self.part.file.write(piece)
            self.advance(len(piece))
            if time.monotonic() > deadline:
                raise _MirrorError("the download took too long")
