"""What a search is given, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from garrison.attacks.evasion.budget import Budget
from garrison.attacks.evasion.constraints import Bools, Constraints
from garrison.attacks.evasion.rows import Floats, Ints, Rows
from garrison.attacks.evasion.units import SLACK, Norm, Units
from garrison.attacks.flag import Flag


@dataclass(frozen=True)
class Task:
    """What a search is given: events ``Z0``, shape (n, columns), all of them flagged, made of the rows ``at``.

    ``oracle`` is what the attack's knowledge lets it ask; ``benign`` are benign events it has seen, shape (m, columns);
    ``known`` and ``y`` are rows it may learn from. ``numbers`` makes of events what a model is given: how features are
    taken from events is no secret.
    """

    Z0: Floats
    at: Ints
    rows: Rows
    constraints: Constraints
    units: Units
    norm: Norm
    epsilon: float
    benign: Floats
    known: Ints
    y: Bools
    draw: np.random.Generator
    budget: Budget
    numbers: Callable[[Floats, Ints], Floats]

    @cached_property
    def limits(self) -> tuple[Floats, Floats]:
        """The bounds of each number, whatever the budget; two of shape (n, columns)."""
        return self.constraints.bounds(self.Z0)

    def within(self, at: Ints) -> tuple[Floats, Floats]:
        """The bounds of the events at ``at``."""
        return self.limits[0][at], self.limits[1][at]

    def box(self, at: Ints | None = None, *, epsilon: float | None = None) -> tuple[Floats, Floats]:
        """The least and the largest values within ``epsilon`` (default: the whole budget) of the events at ``at``."""
        Z0 = self.Z0 if at is None else self.Z0[at]
        reach = (self.epsilon if epsilon is None else epsilon) * self.units.each
        reach = np.where(np.isin(np.arange(Z0.shape[1]), self.units.text) & (reach >= 1), np.inf, reach)
        return Z0 - reach, Z0 + reach

    def cost(self, Z: Floats, at: Ints | None = None) -> Floats:
        """What the events ``Z`` cost, shape (n,), made of the task's own or of those at ``at``."""
        return self.units.cost(self.Z0 if at is None else self.Z0[at], Z, self.norm)

    def mended(self, Z: Floats, at: Ints, *, epsilon: float | None = None) -> tuple[Floats, Bools]:
        """Proposals as events that can be, and whether each is one within ``epsilon`` of its origin."""
        most = self.epsilon if epsilon is None else epsilon
        mended, fine = self.constraints.repair(
            self.Z0[at], Z, box=self.box(at, epsilon=epsilon), limits=self.within(at)
        )
        return mended, fine & (self.cost(mended, at) <= most * SLACK)


@dataclass(frozen=True)
class Found:
    """The best event for each, shape (n, columns): the attack's own claim, which is looked at anew.

    ``bound`` is what each costs at least, shape (n,), where that was proved; ``flags`` why not to believe the search.
    """

    Z: Floats
    bound: Floats | None = None
    flags: tuple[Flag, ...] = field(default=())
