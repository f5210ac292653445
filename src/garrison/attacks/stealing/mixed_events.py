"""The thief asks about mixtures of events it has: columns it can change are taken from another, the rest follows."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.stealing.attack import Asked, StealingAttack
from garrison.attacks.stealing.made_events import made_events
from garrison.attacks.stealing.theft import Oracle, Theft

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


class MixedEvents(StealingAttack):
    """Each event with a random part of the changeable columns of another one; there is no end of them."""

    name: ClassVar[str] = "mixed_events"
    what: ClassVar[str] = "mixtures of events it has"
    makes: ClassVar[bool] = True

    def ask(self, theft: Theft, oracle: Oracle, count: int, draw: np.random.Generator) -> Asked:
        """``count`` such events."""
        table = made_events(theft, count, draw, mixing(theft))
        return table, oracle.ask(table)


def mixing(theft: Theft) -> "_Mixing":
    """Proposals that mix an event with another one of the pool."""
    return _Mixing(theft)


class _Mixing:
    def __init__(self, theft: Theft) -> None:
        self.Z, self.chosen = theft.rows.Z, theft.constraints.chosen

    def __call__(self, at: Ints, draw: np.random.Generator) -> Floats:
        donors = self.Z[draw.integers(len(self.Z), size=len(at))]
        taken = draw.random(donors.shape) < draw.random((len(at), 1))
        return np.where(taken & self.chosen & ~np.isnan(donors), donors, self.Z[at])
