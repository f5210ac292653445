"""Detectors in a registry folder somewhere else, such as a shared disk."""

from pathlib import Path

from garrison.registry.contents import contents_of, copy_contents
from garrison.registry.elsewhere import arriving
from garrison.registry.local import LocalRegistry


class FolderModels:
    """A folder laid out as a ``LocalRegistry``; what is sent there is in production at once."""

    def __init__(self, root: Path) -> None:
        self.registry = LocalRegistry(root)

    def push(self, detector_folder: Path, name: str) -> str:
        """Add the detector as the current production version; gives that version's folder."""
        return str(self.registry.push(detector_folder, name, stage="production").path)

    def fetch(self, name: str, into: Path, *, version: int | None) -> Path:
        """Copy the current production version, or the one asked for, to ``into``."""
        detector = self.registry.load(name, version=version)
        with arriving(into) as temporary:
            copy_contents(detector, contents_of(detector), temporary)
        return into
