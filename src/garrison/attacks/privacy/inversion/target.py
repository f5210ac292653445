"""What a model must offer to be inverted by somebody who has it: logits that can be differentiated."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from garrison.attacks.privacy.interface import Floats, Records
from garrison.errors import DataError

if TYPE_CHECKING:
    import torch
    from torch import nn


class Differentiable(Protocol):
    """A model in the attacker's hands: its weights, and so its slopes."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one record, such as ``(1, 28, 28)``."""

    @property
    def classes(self) -> int:
        """How many classes it tells apart."""

    @property
    def low(self) -> float:
        """The least value that a record can hold."""

    @property
    def high(self) -> float:
        """The greatest."""

    def logits(self, records: "torch.Tensor", /) -> "torch.Tensor":
        """Shape ``(n, classes)`` of float32 records ``(n, *shape)``, with the way back to the records kept."""


@dataclass(frozen=True)
class OfModule:
    """Any ``torch.nn.Module`` that makes logits of records: ``Differentiable``, and ``Answers`` too.

    It is put into evaluation mode and its weights are left as they are.
    """

    module: "nn.Module"
    shape: tuple[int, ...]
    classes: int
    low: float = 0.0
    high: float = 1.0

    def logits(self, records: "torch.Tensor", /) -> "torch.Tensor":
        """What the module makes of them; ``DataError`` where that is not ``(n, classes)``."""
        was = self.module.training
        made: Any = self.module.eval()(records)
        self.module.train(was)
        if tuple(made.shape) != (len(records), self.classes):
            raise DataError(
                f"the module makes {tuple(made.shape)} of {len(records)} records",
                expected=f"logits of shape ({len(records)}, {self.classes})",
            )
        answer: torch.Tensor = made
        return answer

    def probabilities(self, records: Records, /) -> Floats:
        """Shape ``(n, classes)``, of an array of records."""
        import torch

        with torch.no_grad():
            logits = self.logits(torch.from_numpy(np.asarray(records, dtype=np.float32)))
            return np.asarray(logits.double().softmax(dim=1).numpy())
