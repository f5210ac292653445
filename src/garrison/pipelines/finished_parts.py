"""What is finished of long work, kept beside the file that is to be made, until that file is there."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from garrison.files import sha256_of_json, write_json
from garrison.run.fingerprint import versions


class FinishedParts:
    """A folder, one file a part; a part is found again only by the question that it answers.

    Without a folder nothing is kept. ``found`` counts the parts that were there before.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.found = 0

    @classmethod
    def beside(cls, out: Path | None) -> "FinishedParts":
        """Those in OUT.parts."""
        return cls(None if out is None else out.with_name(out.name + ".parts"))

    def find(self, name: str, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        """The part ``name``, where it is there and answers ``asked``, JSON values."""
        if self.folder is None:
            return None
        try:
            facts = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(facts, dict) or facts.get("identity") != _identity(asked):
            return None
        result = facts.get("result")
        if not isinstance(result, dict):
            return None
        self.found += 1
        return result

    def keep(self, name: str, asked: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        """Write the part ``name``, whole or not at all."""
        if self.folder is not None:
            write_json(self.folder / f"{name}.json", {"identity": _identity(asked), "result": result})

    def forget(self) -> None:
        """Remove the parts: the whole is written."""
        if self.folder is None or not self.folder.is_dir():
            return
        for path in self.folder.glob("*-*.json"):
            path.unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()


def _identity(asked: Mapping[str, Any]) -> str:
    """The question, and the libraries that answered it."""
    return sha256_of_json({"asked": dict(asked), "versions": versions()})
