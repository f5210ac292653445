"""Signing a model by its name: every copy of that version which the registry holds."""

from pathlib import Path

from garrison.registry.address import FoundModel, resolve_model
from garrison.registry.local import LocalRegistry
from garrison.registry.signatures import sign_detector
from garrison.registry.signing_key import SigningKey
from garrison.registry.version import STAGES


def sign_version(text: str, key: SigningKey, *, root: Path) -> tuple[Path, ...]:
    """Sign the model that ``text`` names, in each stage in which it stands; gives the folders that were signed.

    A model that is in production and experimental under one number has the same bytes in both. Raises as
    ``resolve_model`` and ``sign_detector`` do.
    """
    found = resolve_model(text, root=root)
    if found.stage is None or found.version is None:
        sign_detector(found.folder, key)
        return (found.folder,)
    registry = LocalRegistry(_root_of(found))
    with registry.turn(found.name):
        folders = [
            registry.load(found.name, stage, version=found.version)
            for stage in STAGES
            if any(each.version == found.version for each in registry.versions(found.name, stage))
        ]
        for folder in folders:
            sign_detector(folder, key)
    return tuple(folders)


def _root_of(found: FoundModel) -> Path:
    """The registry that a version stands in: above ``STAGE/NAME/NUMBER/detector``."""
    return found.folder.resolve().parents[3]
