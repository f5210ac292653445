"""Black box by verdict alone: along the boundary between flagged and not, towards the event it began with.

Brendel, Rauber and Bethge, "Decision-Based Adversarial Attacks", ICLR 2018: from an event that passes, a random step
aside and a step back, kept where it still passes; both steps grow while that goes well and shrink where it does not.
Here the starts are what benign events would make of the malicious one, many events walk at once, and each proposal is
mended.
"""

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from garrison.attacks.evasion.attack import EvasionAttack
from garrison.attacks.evasion.constraints import Bools
from garrison.attacks.evasion.descent import Best, made_possible, tighten
from garrison.attacks.evasion.flags import NO_START
from garrison.attacks.evasion.moves import from_benign
from garrison.attacks.evasion.oracles import Verdicts
from garrison.attacks.evasion.rows import Floats, Ints
from garrison.attacks.evasion.task import Found, Task
from garrison.attacks.flag import Flag

Asking = Callable[[Floats, Ints, Floats], Bools]

AT_ONCE = 8
"""Proposals an event and step."""


class Boundary(EvasionAttack):
    """Only whether an event is flagged can be asked for."""

    name: ClassVar[str] = "boundary"
    knowledge = "verdicts on any event"
    budget: ClassVar[str] = "cost of change; 1,000 queries an event"
    queries: ClassVar[int | None] = 1_000

    donors, steps = 64, 80

    def search(self, task: Task, oracle: Verdicts) -> Found:
        """Starts, the line back from each, the walk, and then each column for itself."""
        best = Best.none(task)

        def passes(Z: Floats, rows: Ints) -> Bools:
            return ~oracle.ask(Z, rows)

        def ask(Z: Floats, at: Ints, epsilon: Floats) -> Bools:
            made, cost, fine = made_possible(task, Z, at, epsilon)
            passed = np.zeros(len(Z), dtype=np.bool_)
            passed[fine] = passes(made[fine], task.at[at[fine]])
            best.take(made, cost, passed, at)
            return passed

        everyone = np.arange(len(task.Z0))
        made, origin = from_benign(task, everyone, self.donors)
        if len(made):
            ask(made, origin, np.full(len(made), task.epsilon))
        for share in (0.9, 0.7, 0.5, 0.3, 0.15, 0.05):
            at = np.flatnonzero(best.found)
            own = task.Z0[at]
            ask(own + (best.Z[at] - own) * share, at, best.cost[at])
        self._walk(task, best, ask)
        tighten(task, passes, best)
        return Found(best.Z, flags=_without_start(best))

    def _walk(self, task: Task, best: Best, ask: Asking) -> None:
        aside, back = np.full(len(task.Z0), 0.3), np.full(len(task.Z0), 0.1)
        chosen = task.constraints.chosen
        for _ in range(self.steps):
            at = np.flatnonzero(best.found & (best.cost > 1e-6))
            if not len(at) or task.budget.over():
                return
            origin = np.repeat(at, AT_ONCE)
            own, now = task.Z0[origin], best.Z[origin]
            some = chosen & (task.draw.random(now.shape) < 0.4)
            step = task.draw.standard_normal(now.shape) * (aside * best.cost)[origin, None] * task.units.each
            moved = np.where(some, now + step, now)
            moved = moved + (own - moved) * back[origin, None]
            passed = ask(moved, origin, best.cost[origin] * (1 - 1e-9))
            share = np.bincount(origin, weights=passed, minlength=len(task.Z0))[at] / AT_ONCE
            change = np.where(share > 0.25, 1.3, np.where(share == 0, 0.75, 1.0))
            aside[at] = np.clip(aside[at] * change, 1e-3, 1.0)
            back[at] = np.clip(back[at] * change, 1e-3, 0.5)


def _without_start(best: Best) -> tuple[Flag, ...]:
    missing = int((~best.found).sum())
    if missing <= 0.1 * len(best.cost):
        return ()
    why = f"for {missing} of {len(best.cost)} events nothing that passes was found to begin with"
    return (Flag(NO_START, why),)
