"""What every compiled model is: one row in, its score out."""

from collections.abc import Sequence
from typing import Protocol

from garrison.detection.families.base import Floats


class RowScorer(Protocol):
    """A model made to score one row at a time; ``name`` says by what."""

    name: str

    def score_one(self, row: Floats, /) -> float:
        """The score of one row, float64 ``(d,)``; safe to call from many threads at once."""

    def values(self) -> Sequence[Floats]:
        """For each of the d features, values where the score may change: rows made of them are the hardest."""
