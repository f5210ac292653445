"""Events that a thief makes of its own: proposals, brought to what can be, until there are enough."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.attacks.stealing.theft import Theft

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Propose = Callable[[Ints, np.random.Generator], Floats]
"""Proposals, shape (n, columns), made of the pool's events at places of shape (n,)."""

ROUNDS = 20
"""Rounds of proposals at most: where hardly any can be, fewer events are made than were wanted."""


def made_events(theft: Theft, count: int, draw: np.random.Generator, propose: Propose) -> pa.Table:
    """Up to ``count`` events that can be, each made of one of the pool that breaks no relation."""
    rows, constraints = theft.rows, theft.constraints
    whole = np.flatnonzero(~constraints.broken(rows.Z).any(axis=1))
    changed = [int(place) for place in np.flatnonzero(constraints.movable)]
    found: list[pa.Table] = []
    there = 0
    for _ in range(ROUNDS):
        if there >= count or not len(whole):
            break
        at = draw.choice(whole, count - there)
        Z, fine = constraints.repair(rows.Z[at], propose(at, draw))
        fine &= constraints.holds(rows.Z[at], Z)
        found.append(rows.events(Z[fine], at[fine], changed=changed))
        there += int(fine.sum())
    return pa.concat_tables(found) if found else rows.table.slice(0, 0)
