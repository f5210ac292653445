"""A stage's folder: made whole or not at all, and found finished only if no byte of it changed.

``artifact.json`` holds the digest of the inputs, the SHA-256 of every file, what the stage returned, and a
digest over all three. It holds no times, so that the same inputs and seed give the same bytes. What the stage returned
keeps its order, so that a page made from a stage that was read back is the page of one that was made.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from garrison.files import atomic_file, atomic_folder, canonical_json, sha256_of

ARTIFACT = "artifact.json"


class Making:
    """A stage that is being made: files go under ``path``, then ``finish`` says what the stage returns."""

    def __init__(self, path: Path, inputs_digest: str) -> None:
        self.path = path
        self.inputs_digest = inputs_digest
        self.is_finished = False

    def finish(self, artifact: dict[str, Any]) -> None:
        """Write ``artifact.json``; ``artifact`` holds JSON values only, and paths relative to ``path``.

        Raises ``ValueError`` for a path that names this temporary folder, and ``TypeError`` for values that
        JSON has not: both are faults in the stage's code.
        """
        if str(self.path) in canonical_json(artifact):
            raise ValueError(
                f"the artifact names the stage's temporary folder; give paths relative to it: {artifact}"
            )
        files = {
            item.relative_to(self.path).as_posix(): sha256_of(item)
            for item in sorted(self.path.rglob("*"))
            if item.is_file() and item != self.path / ARTIFACT
        }
        content = {"inputs": self.inputs_digest, "files": files, "artifact": artifact}
        whole = {**content, "digest": _digest(content)}
        with atomic_file(self.path / ARTIFACT) as temporary:
            temporary.write_text(_in_order(whole), encoding="utf-8")
        self.is_finished = True


@contextlib.contextmanager
def making_stage(path: Path, inputs_digest: str) -> Iterator[Making]:
    """Make the stage folder ``path``: it appears, whole, when the block ends well and called ``finish``."""
    with atomic_folder(path) as temporary:
        making = Making(temporary, inputs_digest)
        yield making
        if not making.is_finished:
            raise ValueError(f"the stage {path.name} ended without calling finish")


def finished_stage(path: Path, inputs_digest: str) -> dict[str, Any] | None:
    """What the stage in ``path`` returned; None when it must be made again.

    It must be made again when it was never finished, was made from other inputs, or when any byte of its
    files or of ``artifact.json`` differs from what was written.
    """
    try:
        text = (path / ARTIFACT).read_text(encoding="utf-8")
        content = json.loads(text)
        if text != _in_order(content) or content["inputs"] != inputs_digest:
            return None
        if content.pop("digest") != _digest(content):
            return None
        artifact: dict[str, Any] = content["artifact"]
        whole = all(_is_unchanged(path, name, digest) for name, digest in content["files"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return artifact if whole else None


def _in_order(value: Any) -> str:
    """JSON for people, as ``canonical_json`` writes it, but with the keys in the order they have."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(_in_order(content).encode()).hexdigest()


def _is_unchanged(folder: Path, name: str, digest: str) -> bool:
    file = folder / name
    inside = ".." not in Path(name).parts and file.is_relative_to(folder)
    return inside and file.is_file() and sha256_of(file) == digest
