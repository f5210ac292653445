"""One row through a vote: every member compiled, their scores blended as the vote blends them."""

import math
from collections.abc import Sequence

import numpy as np

from garrison.detection.compiled.encoded import expit
from garrison.detection.compiled.row_scorer import RowScorer
from garrison.detection.families.base import Floats
from garrison.detection.families.soft_voting import SUREST


class VotingRow:
    """The weighted mean of what members say, of their log-odds or of their probabilities."""

    def __init__(self, members: Sequence[tuple[float, RowScorer]], *, mean: str) -> None:
        self.members = members
        self.mean = mean
        self.name = "a vote of " + ", ".join(dict.fromkeys(member.name for _, member in members))
        self._whole = sum(weight for weight, _ in members)

    def score_one(self, row: Floats) -> float:
        """The score of one row, float64 ``(d,)``."""
        total = 0.0
        for weight, member in self.members:
            score = min(max(member.score_one(row), 0.0), 1.0)
            if self.mean == "log_odds":
                score = min(max(score, SUREST), 1.0 - SUREST)
                score = math.log(score / (1.0 - score))
            total += weight * score
        total /= self._whole
        return expit(total) if self.mean == "log_odds" else total

    def values(self) -> list[Floats]:
        """For each feature, values that tell the scores of some member apart."""
        each = [member.values() for _, member in self.members]
        return [np.unique(np.concatenate(parts)) for parts in zip(*each, strict=True)]
