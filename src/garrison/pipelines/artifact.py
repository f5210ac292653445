"""What a stage returns: a frozen record of facts and of the files it wrote."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True)
class Artifact:
    """The facts a stage hands to the next one; ``folder`` holds the files it wrote."""

    folder: Path

    def facts(self) -> dict[str, Any]:
        """Everything but the folder, as JSON values."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "folder"}

    @classmethod
    def restore(cls, folder: Path, facts: dict[str, Any]) -> Self:
        """The artifact as a finished stage left it in ``folder``."""
        return cls(folder=folder, **facts)
