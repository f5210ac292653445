"""What every sink of a stream does: take verdicts, make them safe, and say which it has."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from garrison.serving.stream.taken import Position


class Sink(ABC):
    """Where verdicts go. Every method may raise ``Away`` while the other side is not there."""

    tells: ClassVar[bool] = True
    """Whether it can say which verdicts it has; one that cannot may get some of them twice."""

    def __init__(self, shown: str) -> None:
        self.shown = shown

    @abstractmethod
    def open(self, position: Position | None) -> set[str]:
        """Be ready; the names of the verdicts it has behind ``position``. After ``Away`` it is opened again."""

    @abstractmethod
    def write(self, verdicts: Sequence[tuple[str, bytes]]) -> None:
        """Take verdicts, each with its name: JSON without a line break."""

    @abstractmethod
    def flush(self) -> None:
        """Make sure that what was written is kept."""

    @abstractmethod
    def position(self) -> Position:
        """The place behind everything that it has."""

    def close(self) -> None:  # noqa: B027 (not every sink has something to let go of)
        """Let go of it."""
