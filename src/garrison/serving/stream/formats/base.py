"""What every format does: make some lines into columns, remember its header, and say which lines are no events."""

import csv
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pyarrow as pa

from garrison.data.schema import Schema


@dataclass(frozen=True)
class Fault:
    """Why the line at ``place`` (from 0) is no event."""

    place: int
    reason: str


@dataclass(frozen=True)
class Decoded:
    """Raw columns of the events among some lines, their places (int64, from 0) in them, and the lines that are none."""

    places: pa.Array
    batch: pa.RecordBatch
    faults: list[Fault] = field(default_factory=list)


class Format(ABC):
    """How a line is read.

    Lines come in pieces of any size and give the same whatever the pieces. ``state`` is what a later line needs of
    earlier ones, as JSON values; ``begin`` forgets it at the beginning of a file.
    """

    name: ClassVar[str]
    endings: ClassVar[tuple[str, ...]] = ()
    addresses: ClassVar[tuple[str, ...]] = ()
    """Columns that hold addresses, whatever the schema says."""

    def __init__(self, schema: Schema, *, where: str) -> None:
        self.schema = schema
        self.where = where

    @abstractmethod
    def decode(self, lines: Sequence[bytes]) -> Decoded:
        """The events among ``lines``, none of which has a line break; empty lines are neither events nor refused."""

    def begin(self) -> None:  # noqa: B027 (most formats need none)
        """The next line is the first of a file."""

    def prime(self, head: Sequence[bytes]) -> None:  # noqa: B027 (most formats need none)
        """Take the header from ``head``, the first lines of a file that is then read from its end."""

    def state(self) -> dict[str, Any]:
        """What later lines need to know of earlier ones."""
        return {}

    def resume(self, state: dict[str, Any]) -> None:  # noqa: B027 (most formats need none)
        """Go on from ``state``."""


def text(line: bytes) -> str:
    """A line as a person reads it."""
    return line.decode("utf-8", "replace")


def one_record(line: str, delimiter: str) -> list[str]:
    """The cells of one line of CSV; ``csv.Error`` where a quote never closes."""
    return next(csv.reader([line], delimiter=delimiter, strict=True), [])
