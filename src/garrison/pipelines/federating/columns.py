"""The columns of the table: what is measured of each cell, and against which adversary."""

from dataclasses import dataclass
from typing import Literal

Adversary = Literal["outsider", "curious server", "curious party", ""]

SEES = {
    "outsider": "the final model, and nothing else",
    "curious server": "the final model, and everything that the parties send it in the course of training",
    "curious party": "the model before and after each round, and its own data",
}
"""What each adversary sees. All of them know how the models were trained."""


@dataclass(frozen=True)
class Measure:
    """A measure: a share, an area or a likeness in [0, 1], once a seed; ``leaks`` where more is worse."""

    key: str
    title: str
    adversary: Adversary
    leaks: bool = True

    @property
    def told(self) -> str:
        """With its adversary, for the middle of a sentence."""
        return f"{self.title} ({self.adversary})" if self.adversary else self.title


MEASURES = (
    Measure("accuracy", "accuracy", "", leaks=False),
    Measure("inversion", "drawn classes recognised", "outsider"),
    Measure("inversion_likeness", "drawn classes, likeness (SSIM)", "outsider"),
    Measure("updates_server", "images found in an update", "curious server"),
    Measure("updates_party", "images found in an update", "curious party"),
    Measure("membership", "membership, AUC", "outsider"),
    Measure("membership_tpr", "members found at 1 % FPR", "outsider"),
    Measure("membership_server", "membership, AUC", "curious server"),
)
"""The columns, in the order of the table."""
