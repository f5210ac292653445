"""What a source gives at a time: some lines, their names, and the place behind them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Position = Mapping[str, Any]
"""A place in a source or a sink, as JSON values; what it means is the source's own business."""


@dataclass(frozen=True)
class Refused:
    """What cannot be scored: its name, why, and what it was."""

    id: str
    reason: str
    content: str


@dataclass(frozen=True)
class Taken:
    """Lines in order, a name for each that no other of the source ever has, and the place behind the last.

    ``begins``: the first line is the first of a file. ``refused`` are those that the source itself cannot give.
    """

    lines: list[bytes]
    ids: list[str]
    position: Position | None
    begins: bool = False
    refused: list[Refused] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many lines and refusals it holds."""
        return len(self.lines) + len(self.refused)


def joined(parts: list[Taken]) -> Taken:
    """Several, one after the other, as one; only the first may begin a file."""
    if len(parts) == 1:
        return parts[0]
    return Taken(
        [line for part in parts for line in part.lines],
        [name for part in parts for name in part.ids],
        parts[-1].position if parts else None,
        begins=bool(parts) and parts[0].begins,
        refused=[each for part in parts for each in part.refused],
    )
