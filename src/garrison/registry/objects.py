"""Detectors as objects in a store that is no file system of this machine: a bucket, a web drive, an archive.

::

    <prefix>/<name>/detectors/<digest>/…       the files of one detector
    <prefix>/<name>/versions/000003.json       the marker that makes it version 3: names, digests and sizes

The files go first, the marker last, and only if no marker of that number is there. So a reader, who starts from the
markers, sees whole versions only, and of two that push at once one takes the next number. A push that was broken off
leaves files without a marker; the same detector pushed again writes the same files.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from garrison.errors import IntegrityError, RegistryError
from garrison.files import canonical_json, sha256_of
from garrison.progress import progress
from garrison.registry.contents import checked_relative, contents_of, digest_of
from garrison.registry.elsewhere import arriving
from garrison.registry.version import now

_ATTEMPTS = 50


class StoredFile(BaseModel):
    """The SHA-256 and the size in bytes of one file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class Marker(BaseModel):
    """What makes a set of files a version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    name: str
    version: int = Field(ge=1)
    when: str
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    files: dict[str, StoredFile]


class Objects(Protocol):
    """The five things a store must do; each raises ``RegistryError`` with what to do when the store does not."""

    def names(self, folder: str) -> Iterable[str]:
        """The names of the objects under ``folder/``; none where there is nothing."""

    def put(self, path: str, source: Path) -> None:
        """Store the content of a file, in place of what was there."""

    def create(self, path: str, content: bytes) -> bool:
        """Store ``content`` only if nothing is there; false where something is."""

    def read(self, path: str) -> Iterator[bytes]:
        """The content of an object, in pieces."""

    def address(self, path: str) -> str:
        """The address of an object, for people; without secrets."""


class ObjectModels:
    """Versions of detectors under ``prefix`` of a store."""

    def __init__(self, objects: Objects, prefix: str = "") -> None:
        self.objects = objects
        self.prefix = f"{prefix}/" if prefix else ""

    def push(self, detector_folder: Path, name: str) -> str:
        """Send a verified detector as the next version; gives the address of its marker."""
        contents = contents_of(detector_folder)
        digest = digest_of(contents)
        self._numbers(name)
        with progress(f"sending {name}", total=len(contents)) as advance:
            for relative in contents:
                self.objects.put(
                    f"{self._home(name)}/detectors/{digest}/{relative}", detector_folder / relative
                )
                advance(1)
        files = {
            relative: StoredFile(sha256=sha256, bytes=(detector_folder / relative).stat().st_size)
            for relative, sha256 in contents.items()
        }
        if contents_of(detector_folder) != contents:
            raise IntegrityError("the detector changed while it was sent", where=str(detector_folder))
        number = 0
        for _ in range(_ATTEMPTS):
            number = 1 + max((number, *self._numbers(name)))
            marker = Marker(name=name, version=number, when=now(), digest=digest, files=files)
            path = self._marker_path(name, number)
            if self.objects.create(path, canonical_json(marker.model_dump(mode="json")).encode()):
                return self.objects.address(path)
        raise RegistryError(
            f"other processes took the next number of {name} {_ATTEMPTS} times",
            where=self.objects.address(self._home(name)),
            remedy="try again when fewer of them push at once",
        )

    def fetch(self, name: str, into: Path, *, version: int | None) -> Path:
        """Bring the latest version, or the one asked for, into the folder ``into``."""
        marker = self._marker(name, version)
        with arriving(into) as temporary, progress(f"fetching {name}", total=len(marker.files)) as advance:
            for relative, stored in marker.files.items():
                source = f"{self._home(name)}/detectors/{marker.digest}/{relative}"
                where = self.objects.address(source)
                target = temporary / checked_relative(relative, where=where)
                target.parent.mkdir(parents=True, exist_ok=True)
                _receive(self.objects.read(source), target, stored, where=where)
                advance(1)
        return into

    def _marker(self, name: str, version: int | None) -> Marker:
        numbers = self._numbers(name)
        number = version if version is not None else max(numbers, default=0)
        if number not in numbers:
            raise RegistryError(
                f"{name} has no version {number}" if number else f"{name} has no version yet",
                where=self.objects.address(self._home(name)),
                expected=f"one of: {', '.join(map(str, sorted(numbers))) or 'none yet'}",
            )
        path = self._marker_path(name, number)
        try:
            return Marker.model_validate_json(b"".join(self.objects.read(path)))
        except ValidationError as error:
            raise RegistryError(
                "the marker of a version is damaged",
                where=self.objects.address(path),
                remedy="push the detector again",
            ) from error

    def _numbers(self, name: str) -> set[int]:
        found = self.objects.names(f"{self._home(name)}/versions")
        stems = (each.removesuffix(".json") for each in found if each.endswith(".json"))
        return {int(stem) for stem in stems if stem.isdecimal()}

    def _home(self, name: str) -> str:
        return f"{self.prefix}{name}"

    def _marker_path(self, name: str, number: int) -> str:
        return f"{self._home(name)}/versions/{number:06}.json"


def _receive(pieces: Iterator[bytes], target: Path, stored: StoredFile, *, where: str) -> None:
    received = 0
    with target.open("wb") as file:
        for piece in pieces:
            received += len(piece)
            if received > stored.bytes:
                break
            file.write(piece)
    if received != stored.bytes or sha256_of(target) != stored.sha256:
        raise IntegrityError(
            "a file of the detector is not what was pushed",
            where=where,
            expected=f"{stored.bytes} bytes, sha256 {stored.sha256}",
            remedy="push the detector again",
        )
