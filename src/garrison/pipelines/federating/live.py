"""The rounds of a training as lines, while it goes on."""

from dataclasses import dataclass

from garrison.federated import Round
from garrison.federated.told_rounds import round_line
from garrison.pipelines.federating.cells import Cell
from garrison.progress import say


@dataclass(frozen=True)
class RoundLines:
    """Says a line a round of one model; says nothing where not ``told``."""

    cell: Cell
    seed: int
    rounds: int
    told: bool = True

    def __call__(self, one: Round) -> None:
        """Say what happened in a round."""
        if self.told:
            say(f"{self.cell.title}, seed {self.seed}: {round_line(one, of=self.rounds)}")
