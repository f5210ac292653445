"""What training gives: a model, how it came about, and what it cost in privacy."""

from dataclasses import dataclass

from garrison.federated.ledger import Spent
from garrison.federated.model import NetworkModel
from garrison.federated.rounds import Round


@dataclass(frozen=True)
class Trained:
    """The ``model``, its ``rounds`` in order, and the privacy ``spent``, None where nothing was private."""

    model: NetworkModel
    rounds: tuple[Round, ...]
    spent: Spent | None = None

    @property
    def accuracy(self) -> float | None:
        """The accuracy of the last round that was judged."""
        judged = [each.accuracy for each in self.rounds if each.accuracy is not None]
        return judged[-1] if judged else None
