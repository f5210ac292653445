"""Detectors in a registry folder somewhere else, such as a shared disk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from garrison.registry.contents import contents_of, copy_contents
from garrison.registry.elsewhere import arriving
from garrison.registry.local import LocalRegistry


class FolderModels:
    """A folder laid out as a ``LocalRegistry``; what is sent there is current in its stage at once."""

    def __init__(
        self, root: Path, *, stage: str = "production", record: Mapping[str, Any] | None = None
    ) -> None:
        self.registry = LocalRegistry(root)
        self.stage = stage
        self.record = record

    def push(self, detector_folder: Path, name: str) -> str:
        """Add the detector as the current version of the stage, with its record; gives that version's folder."""
        return str(self.registry.push(detector_folder, name, stage=self.stage, record=self.record).path)

    def fetch(self, name: str, into: Path, *, version: int | None) -> Path:
        """Copy the current production version, or the one asked for in either stage, to ``into``."""
        stage = "production" if version is None else self.registry.find(name, version).stage
        detector = self.registry.load(name, stage, version=version)
        with arriving(into) as temporary:
            copy_contents(detector, contents_of(detector), temporary)
        return into
