"""The thief asks about events it has, drawn at random: nothing is made, and nothing looks odd."""

from typing import ClassVar

import numpy as np

from garrison.attacks.stealing.attack import Asked, StealingAttack
from garrison.attacks.stealing.theft import Oracle, Theft


class KnownEvents(StealingAttack):
    """Events of its own, each once; when they are all asked, that is all."""

    name: ClassVar[str] = "known_events"
    what: ClassVar[str] = "events it has"

    def ask(self, theft: Theft, oracle: Oracle, count: int, draw: np.random.Generator) -> Asked:
        """``count`` events of the pool, in random order."""
        table = theft.pool.take(draw.permutation(len(theft.pool))[:count]).table
        return table, oracle.ask(table)
