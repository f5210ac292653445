"""What is finished of long work, kept beside the file that is to be made, until that file is there."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from garrison.files import sha256_of_json, write_json
from garrison.progress import progress
from garrison.run.fingerprint import versions


class Timed(Protocol):
    """A result that knows how long it took."""

    @property
    def seconds(self) -> float:
        """Seconds by the clock."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""


R = TypeVar("R", bound=Timed)


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

    def steps(
        self,
        title: str,
        steps: Mapping[str, Mapping[str, Any]],
        *,
        run: Callable[[str], R],
        read: Callable[[dict[str, Any]], R],
        seconds: float | None,
    ) -> list[R]:
        """The result of each of ``steps`` by name, which says what it is asked; finished ones are read.

        After the first, no further step is begun once those that are there have taken ``seconds``.
        """
        found: list[R] = []
        with progress(title, total=len(steps)) as advance:
            for name, asked in steps.items():
                kept = self.find(name, asked)
                if kept is not None:
                    found.append(read(kept))
                elif found and seconds is not None and sum(each.seconds for each in found) >= seconds:
                    break
                else:
                    found.append(run(name))
                    self.keep(name, asked, found[-1].to_dict())
                advance(1)
        return found


def _identity(asked: Mapping[str, Any]) -> str:
    """The question, and the libraries that answered it."""
    return sha256_of_json({"asked": dict(asked), "versions": versions()})
