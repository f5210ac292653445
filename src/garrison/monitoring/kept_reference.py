"""Where a detector's reference is found: in the detector, or beside it where it was made afterwards.

A saved detector is never changed: its digest is what the registry and signatures know it by. A reference that is made
for an older one lies in the workspace, under the digest of the detector's manifest.
"""

import json
from pathlib import Path
from typing import Any

from garrison.detection import Detector
from garrison.errors import ModelError
from garrison.files import write_json
from garrison.monitoring.reference import Reference

PLACE = Path("monitoring") / "references"
MOST_BYTES = 64 * 2**20


def find_reference(detector: Detector, digest: str, *, workspace: Path) -> Reference:
    """The reference of the detector whose manifest has the SHA-256 ``digest``.

    ``ModelError`` where there is none, or where the file beside it is of another detector or cannot be read.
    """
    if detector.reference is not None:
        return Reference.from_dict(detector.reference, where=f"{detector.name}: reference.json")
    path = _path(digest, workspace)
    if not path.is_file():
        raise ModelError(
            f"the detector {detector.name!r} was saved without reference statistics",
            where=str(path),
            expected="what its training data looked like: new detectors keep it themselves",
            remedy="make it once from the data it was trained on: garrison monitor reference MODEL --data TRAINING",
        )
    facts = _read(path)
    if facts.get("detector") != digest:
        raise ModelError(
            "the reference statistics are those of another detector",
            where=str(path),
            expected=f"the detector with the digest {digest}",
            remedy="make them again: garrison monitor reference MODEL --data TRAINING",
        )
    return Reference.from_dict(facts.get("reference") or {}, where=str(path))


def keep_reference(reference: Reference, digest: str, *, workspace: Path) -> Path:
    """Write the reference of a detector that was saved without one; says where."""
    path = _path(digest, workspace)
    write_json(path, {"detector": digest, "reference": reference.to_dict()})
    return path


def _path(digest: str, workspace: Path) -> Path:
    return workspace / PLACE / f"{digest[:32]}.json"


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(
            "the reference statistics cannot be read",
            where=str(path),
            remedy="make them again: garrison monitor reference MODEL --data TRAINING",
        ) from error
    return facts if isinstance(facts, dict) else {}
