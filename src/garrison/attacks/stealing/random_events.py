"""The thief asks about events whose columns it draws at random, as far as it can change them."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.stealing.attack import Asked, StealingAttack
from garrison.attacks.stealing.made_events import made_events
from garrison.attacks.stealing.theft import Oracle, Theft

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


class RandomEvents(StealingAttack):
    """A random part of the changeable columns of an event, evenly between their bounds or the ends of what occurs."""

    name: ClassVar[str] = "random_events"
    what: ClassVar[str] = "events with columns drawn at random"
    makes: ClassVar[bool] = True

    def ask(self, theft: Theft, oracle: Oracle, count: int, draw: np.random.Generator) -> Asked:
        """``count`` such events."""
        rows, constraints = theft.rows, theft.constraints
        ends = {
            int(place): _ends(rows.Z[:, place], constraints.reach(int(place)))
            for place in np.flatnonzero(constraints.chosen)
        }

        def propose(at: Ints, draw: np.random.Generator) -> Floats:
            Z, share = rows.Z[at].copy(), draw.random(len(at))
            for place, (low, high) in ends.items():
                drawn = draw.random(len(at)) < share
                Z[:, place] = np.where(drawn, draw.uniform(low, high, len(at)), Z[:, place])
            return Z

        table = made_events(theft, count, draw, propose)
        return table, oracle.ask(table)


def _ends(values: Floats, reach: tuple[float, float]) -> tuple[float, float]:
    present = values[~np.isnan(values)]
    if not len(present):
        return 0.0, 0.0
    low, high = max(reach[0], float(present.min())), min(reach[1], float(present.max()))
    return min(low, high), high
