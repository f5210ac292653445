"""The detector that is watched, as a person names it, and what its training data looked like."""

from dataclasses import dataclass
from pathlib import Path

from garrison.detection import Detector, load_detector
from garrison.files import sha256_of
from garrison.monitoring import Reference, find_reference
from garrison.registry import resolve_model

REGISTRY = Path("models")


@dataclass(frozen=True)
class WatchedModel:
    """A loaded detector; ``title`` is how a person calls it, ``digest`` the SHA-256 of its manifest.

    ``folder`` is where it is saved.
    """

    detector: Detector
    title: str
    name: str
    version: int | None
    digest: str
    folder: Path

    def reference(self, workspace: Path) -> Reference:
        """What its training data looked like."""
        return find_reference(self.detector, self.digest, workspace=workspace)


def open_model(text: str, *, workspace: Path) -> WatchedModel:
    """The detector that ``text`` names: a folder, NAME, NAME@VERSION or STAGE/NAME of the workspace's registry."""
    found = resolve_model(text, root=workspace / REGISTRY)
    return WatchedModel(
        detector=load_detector(found.folder),
        title=str(found),
        name=found.name,
        version=found.version,
        digest=sha256_of(found.folder / "manifest.json"),
        folder=found.folder,
    )
