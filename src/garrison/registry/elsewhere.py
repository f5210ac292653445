"""What every place that keeps detectors can do, and the way one comes back from it."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from garrison.errors import RegistryError
from garrison.files import atomic_folder
from garrison.registry.contents import contents_of


class Elsewhere(Protocol):
    """A place that keeps numbered versions of detectors."""

    def push(self, detector_folder: Path, name: str) -> str:
        """Send a verified detector as the next version of ``name``; gives the address of that version."""

    def fetch(self, name: str, into: Path, *, version: int | None) -> Path:
        """Bring a version (the latest by default) into the folder ``into``, verified, whole or not at all."""


@contextlib.contextmanager
def arriving(into: Path) -> Iterator[Path]:
    """Give a temporary folder to fill with a detector; it becomes ``into`` once every digest is verified."""
    if into.exists():
        raise RegistryError(
            "there is something already where the detector should go",
            where=str(into),
            expected="a path that does not exist yet",
            remedy="choose another folder",
        )
    with atomic_folder(into) as temporary:
        yield temporary
        contents_of(temporary)
