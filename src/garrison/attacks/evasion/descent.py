"""A search by score: the change of one column that lowers the score most, again and again; then the same for less."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from garrison.attacks.evasion.constraints import Bools
from garrison.attacks.evasion.moves import best_of, from_benign, shaken, some_columns
from garrison.attacks.evasion.oracles import Scores
from garrison.attacks.evasion.rows import Floats, Ints
from garrison.attacks.evasion.task import Task


@dataclass
class Best:
    """The best so far: events that pass, shape (n, columns), what they cost, shape (n,), infinite where none does."""

    Z: Floats
    cost: Floats

    @classmethod
    def none(cls, task: Task) -> "Best":
        """Nothing found yet."""
        return cls(task.Z0.copy(), np.full(len(task.Z0), np.inf))

    @property
    def found(self) -> Bools:
        """Which events have a version that passes, shape (n,)."""
        return np.isfinite(self.cost)

    def take(self, Z: Floats, cost: Floats, passed: Bools, origin: Ints) -> None:
        """Keep, for each event, the cheapest of the versions ``Z`` that ``passed``, each of the event ``origin``."""
        which = best_of(np.where(passed, cost, np.inf), origin, len(self.cost))
        better = np.flatnonzero(which >= 0)
        better = better[cost[which[better]] < self.cost[better]]
        self.Z[better], self.cost[better] = Z[which[better]], cost[which[better]]


def made_possible(task: Task, Z: Floats, at: Ints, epsilon: Floats) -> tuple[Floats, Floats, Bools]:
    """Proposals as events that can be, what they cost, and which can be within ``epsilon``, each of shape (n, …)."""
    reach = epsilon[:, None] * task.units.each
    reach[:, [*task.units.text]] = np.where(epsilon[:, None] >= 1, np.inf, 0.0)
    Z0 = task.Z0[at]
    made, fine = task.constraints.repair(Z0, Z, box=(Z0 - reach, Z0 + reach), limits=task.within(at))
    cost = task.cost(made, at)
    return made, cost, fine & (cost <= epsilon * (1 + 1e-9)) & (cost > 0)


FEW = 5
"""Thresholds a column at the first look, which says what columns are worth a closer one."""
CLOSER = 2
"""Columns that are looked at closely."""
SHARES = np.linspace(0.05, 0.95, 10)
"""Shares of a cost at which a version brought nearer is tried."""


@dataclass(frozen=True)
class Descent:
    """A search that may ask for scores. ``places`` are thresholds by column, where the attacker knows them.

    ``most`` is how many of them are tried of a column that is looked at closely; ``steps`` how many columns are
    changed, one after the other.
    """

    task: Task
    oracle: Scores
    best: Best
    places: Sequence[Floats] | None = None
    most: int = 24
    steps: int = 4

    def down(self, Z: Floats, at: Ints, score: Floats, *, epsilon: Floats) -> None:
        """Lower the scores of the versions ``Z`` of the events ``at`` within ``epsilon``, shape (n,), until they pass.

        What passes is taken into ``best``.
        """
        Z, score = Z.copy(), score.copy()
        open_ = score >= self.oracle.threshold
        for _ in range(self.steps):
            now = np.flatnonzero(open_)
            if not len(now) or self.task.budget.over():
                break
            every = np.broadcast_to(self.task.constraints.chosen, (len(now), Z.shape[1]))
            first = self._tried(Z[now], at[now], every, epsilon[now], FEW)
            second = self._tried(Z[now], at[now], _promising(first, every.shape), epsilon[now], self.most)
            made, scores, origin = (np.concatenate(pair) for pair in zip(first[:3], second[:3], strict=True))
            which = best_of(scores, origin, len(now))
            lower = (which >= 0) & (scores[which] < score[now])
            moved = now[lower]
            Z[moved], score[moved] = made[which[lower]], scores[which[lower]]
            open_ &= score >= self.oracle.threshold
            open_[now[~lower]] = False

    def _tried(
        self, Z: Floats, at: Ints, chosen: Bools, epsilon: Floats, most: int
    ) -> tuple[Floats, Floats, Ints, Ints]:
        """Changes of one column: the events, their scores (infinite where they cannot be), of which, and the column."""
        made, origin, column = some_columns(
            self.task, Z, at, chosen, epsilon=float(epsilon.max()), places=self.places, most=most
        )
        made, scores, cost, fine = self.looked_at(made, at[origin], epsilon[origin])
        self.best.take(made, cost, fine & (scores < self.oracle.threshold), at[origin])
        return made, scores, origin, column

    def looked_at(self, Z: Floats, at: Ints, epsilon: Floats) -> tuple[Floats, Floats, Floats, Bools]:
        """Proposals as events that can be, their scores and costs, and which can be within ``epsilon``, shape (n,).

        Only those are asked for; the score of others is infinite.
        """
        made, cost, fine = made_possible(self.task, Z, at, epsilon)
        scores = np.full(len(made), np.inf)
        scores[fine] = self.oracle.ask(made[fine], self.task.at[at[fine]])
        return made, scores, cost, fine

    def start(self, at: Ints, *, donors: int, enough: bool = False) -> None:
        """From the events themselves, and from what benign ones would make of them, with the whole budget.

        ``enough`` says that what a benign one makes pass need not be looked for otherwise.
        """
        task = self.task
        epsilon = np.full(len(at), task.epsilon)
        made, origin = from_benign(task, at, donors)
        Z, score = task.Z0[at].copy(), np.full(len(at), np.inf)
        if len(made):
            made, scores, cost, fine = self.looked_at(made, at[origin], epsilon[origin])
            self.best.take(made, cost, fine & (scores < self.oracle.threshold), at[origin])
            which = best_of(np.where(fine, scores, np.inf), origin, len(at))
            good = which >= 0
            Z[good], score[good] = made[which[good]], scores[which[good]]
        first = np.flatnonzero(~self.best.found[at]) if enough else np.arange(len(at))
        self.down(task.Z0[at[first]], at[first], np.full(len(first), np.inf), epsilon=epsilon[first])
        left = np.flatnonzero(~self.best.found[at])
        self.down(Z[left], at[left], score[left], epsilon=epsilon[left])

    def nearer(self, at: Ints) -> None:
        """Bring what passes nearer, all columns together, and keep the nearest that still passes."""
        if not len(at) or self.task.budget.over():
            return
        origin = np.repeat(at, len(SHARES))
        epsilon = self.best.cost[origin] * np.tile(SHARES, len(at))
        for Z in (self.best.Z[origin], self._mixed(origin, np.tile(SHARES, len(at)))):
            made, scores, cost, fine = self.looked_at(Z, origin, epsilon)
            self.best.take(made, cost, fine & (scores < self.oracle.threshold), origin)

    def _mixed(self, at: Ints, share: Floats) -> Floats:
        own = self.task.Z0[at]
        return own + (self.best.Z[at] - own) * share[:, None]

    def cheapen(self, *, rounds: int) -> None:
        """Search again with less and less to spend, between what was not enough and what was."""
        least = np.zeros(len(self.best.cost))
        for round_ in range(rounds):
            at = np.flatnonzero(self.best.found & (self.best.cost > np.maximum(1.02 * least, 1e-6)))
            if not len(at) or self.task.budget.over():
                break
            self.nearer(at)
            epsilon = (least[at] + self.best.cost[at]) / 2
            start, score = self.task.Z0[at], np.full(len(at), np.inf)
            if round_ % 2 == 0:
                made, scores, _, fine = self.looked_at(self.best.Z[at], at, epsilon)
                start, score = np.where(fine[:, None], made, start), scores
            self.down(start, at, score, epsilon=epsilon)
            failed = self.best.cost[at] > epsilon
            least[at[failed]] = epsilon[failed]
        self.nearer(np.flatnonzero(self.best.found))

    def shake(self, *, rounds: int, at_once: int = 16) -> None:
        """Random changes of what passes, several columns at once, kept where they cost less: what single steps miss."""
        for _ in range(rounds):
            at = np.flatnonzero(self.best.found & (self.best.cost > 1e-6))
            if not len(at) or self.task.budget.over():
                return
            origin = np.repeat(at, at_once)
            Z = shaken(self.task, self.best.Z, origin)
            made, scores, cost, fine = self.looked_at(Z, origin, self.best.cost[origin] * (1 - 1e-6))
            self.best.take(made, cost, fine & (scores < self.oracle.threshold), origin)


def _promising(first: tuple[Floats, Floats, Ints, Ints], shape: tuple[int, int]) -> Bools:
    """The columns that lowered the score most, ``CLOSER`` of them for each event."""
    _, scores, origin, column = first
    lowest = np.full(shape, np.inf)
    np.minimum.at(lowest, (origin, column), scores)
    rank = np.argsort(np.argsort(lowest, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray((rank < CLOSER) & np.isfinite(lowest))


def tighten(task: Task, passes: Callable[[Floats, Ints], Bools], best: Best, *, halvings: int = 12) -> None:
    """Bring each chosen column of what passes back towards where it was, one after the other, while it still passes."""
    at = np.flatnonzero(best.found)
    if not len(at):
        return
    moved = task.units.changes(task.Z0[at], best.Z[at])
    order = np.argsort(-np.where(task.constraints.chosen, moved, -1.0), axis=1, kind="stable")
    for rank in range(int(task.constraints.chosen.sum())):
        places = order[:, rank]
        some = np.flatnonzero(moved[np.arange(len(at)), places] > 0)
        low, high = np.zeros(len(some)), np.ones(len(some))
        for step in range(halvings):
            if task.budget.over() or not len(some):
                return
            share = low if not step else (low + high) / 2
            Z, rows = best.Z[at[some]].copy(), np.arange(len(some))
            here = places[some]
            own = task.Z0[at[some]][rows, here]
            Z[rows, here] = own + (best.Z[at[some]][rows, here] - own) * share
            Z, fine = task.mended(Z, at[some])
            cost = task.cost(Z, at[some])
            fine &= cost < best.cost[at[some]] - 1e-12
            passed = np.zeros(len(some), dtype=np.bool_)
            passed[fine] = passes(Z[fine], task.at[at[some[fine]]])
            kept = np.flatnonzero(passed)
            best.Z[at[some[kept]]], best.cost[at[some[kept]]] = Z[kept], cost[kept]
            done = passed if not step else np.zeros_like(passed)
            # What was kept becomes the new far end, so that shares are of what is left.
            low = np.where(passed, 0.0, np.where(np.asarray(share) > low, share, low))
            high = np.where(passed, 1.0, high)
            low, high, some = low[~done], high[~done], some[~done]
