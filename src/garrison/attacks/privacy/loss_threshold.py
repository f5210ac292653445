"""The loss threshold (Yeom et al., CSF 2018): what a model is sure of, it has probably seen."""

from typing import ClassVar

from garrison.attacks.privacy.interface import Floats
from garrison.attacks.privacy.signals import Signals


class LossThreshold:
    """One threshold on the loss for all records; needs the model's answers alone.

    What is easy for every model looks like a member to it, so that it finds few members without many false alarms.
    """

    name: ClassVar[str] = "loss_threshold"
    knowledge: ClassVar[str] = "probabilities of any record"
    fewest: ClassVar[int] = 0

    def scores(self, signals: Signals) -> Floats:
        """The log-odds of the truth, in the order of which the loss falls."""
        return signals.target
