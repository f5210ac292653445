"""What every attack on a training set is: an order in which rows are touched, and the same honest measuring of it."""

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal, final

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.poisoning.flags import flagged
from garrison.attacks.poisoning.plan import Plan, Poisoned
from garrison.attacks.poisoning.recipe import Made
from garrison.attacks.poisoning.result import AtShare, PoisoningResult
from garrison.attacks.poisoning.triggered import examples
from garrison.attacks.poisoning.victim import Victim
from garrison.errors import DataError, UsageError
from garrison.evaluation import bootstrap_interval, share_interval

Floats = NDArray[np.float64]
Knowledge = Literal["nothing", "the training rows", "scores of the training rows"]

SHARES = (0.0, 0.001, 0.01, 0.05)
BOOTSTRAPS = 200


class PoisoningAttack(ABC):
    """An attacker who reaches some of the rows from which a detector is made again.

    What is drawn comes from ``seed``; the rows of a smaller share are among those of a larger one.
    """

    name: ClassVar[str]
    knowledge: ClassVar[Knowledge]
    what: ClassVar[str]
    """What is done to a row, in words."""

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed
        self._planned: tuple[Victim, Plan] | None = None

    @abstractmethod
    def decide(self, victim: Victim, draw: np.random.Generator) -> Plan:
        """Which rows to touch, in which order."""

    def touch(self, victim: Victim, plan: Plan, rows: NDArray[np.intp]) -> Poisoned:  # noqa: ARG002
        """The training set with these rows poisoned; as it stands here, their labels are turned over."""
        y = victim.training.y.copy()
        y[rows] = ~y[rows]
        return Poisoned(victim.training.table, y, rows)

    @final
    def plan(self, victim: Victim) -> Plan:
        """What the attack has decided about ``victim``; it is decided once."""
        if self._planned is None or self._planned[0] is not victim:
            self._planned = (victim, self.decide(victim, np.random.default_rng([self.seed, 21])))
        return self._planned[1]

    @final
    def poison(self, victim: Victim, share: float) -> Poisoned:
        """The training set with this share of its rows poisoned, or as many as can be."""
        checked_shares([share])
        count = round(share * len(victim.training))
        plan = self.plan(victim)
        return self.touch(victim, plan, plan.order[:count])

    @final
    def run(
        self,
        victim: Victim,
        *,
        shares: Sequence[float] = SHARES,
        fpr: float = 0.01,
        seconds: float | None = None,
    ) -> PoisoningResult:
        """Poison each share of the training rows, make the detector again, and measure it on the untouched test rows.

        ``fpr`` is the false-positive rate at which recall is told. After ``seconds`` no further share is begun, and the
        result says that it was cut; the first is always made. Raises ``UsageError`` for a share that is not in [0, 1),
        ``DataError`` where the rows that are left have one class.
        """
        started = time.monotonic()
        points: list[AtShare] = []
        wanted = checked_shares(shares)
        plan = self.plan(victim)
        for share in wanted:
            if points and seconds is not None and time.monotonic() - started >= seconds:
                break
            points.append(self._at(victim, plan, share, fpr))
        return flagged(
            PoisoningResult(
                attack=self.name,
                knowledge=self.knowledge,
                seed=self.seed,
                fpr=fpr,
                training_rows=len(victim.training),
                test_rows=len(victim.test),
                malicious=int(victim.test.y.sum()),
                agreement=victim.agreement,
                known_before=victim.known_before,
                points=tuple(points),
                trigger=None if plan.trigger is None else plan.trigger.words(),
                left_out=plan.left_out,
                test_left_out=0 if plan.triggered is None else plan.triggered.left_out,
                seconds=time.monotonic() - started,
                cut=len(points) < len(wanted),
            )
        )

    def _at(self, victim: Victim, plan: Plan, share: float, fpr: float) -> AtShare:
        poisoned = self.poison(victim, share)
        if poisoned.y.all() or not poisoned.y.any():
            raise DataError(
                f"{self.name} at a share of {share:g} leaves rows of one class only, from which nothing is learnt",
                expected="a share smaller than that of the malicious rows",
                remedy="name smaller shares",
            )
        made = victim.unpoisoned
        if len(poisoned.rows):
            made = victim.recipe.make(poisoned.table, poisoned.y, victim.training.groups)
        scores = victim.scores if made is victim.unpoisoned else made.score(victim.test.table)
        y, groups = victim.test.y, victim.test.groups
        f1, auc, recall = (
            bootstrap_interval(
                name, y, scores, groups=groups, threshold=made.threshold, repeats=BOOTSTRAPS, seed=self.seed
            )
            for name in ("f1", "auc", f"recall@fpr={fpr:g}")
        )
        point = AtShare(
            share, len(victim.training), len(poisoned.rows), made.threshold, f1=f1, auc=auc, recall=recall
        )
        return point if plan.triggered is None else self._with_trigger(victim, plan, point, made, scores)

    def _with_trigger(
        self, victim: Victim, plan: Plan, point: AtShare, made: Made, scores: Floats
    ) -> AtShare:
        from dataclasses import replace

        if plan.triggered is None:
            return point
        places = plan.triggered.places
        seen = np.flatnonzero(scores[places] >= made.threshold)
        if not len(seen):
            return replace(point, flagged=0)
        groups = victim.test.groups[places[seen]]
        table = plan.triggered.table.take(seen)
        after = made.score(table)
        passed = after < made.threshold
        anyway = victim.unpoisoned.score(table) < victim.unpoisoned.threshold
        return replace(
            point,
            flagged=len(seen),
            success=share_interval(passed, groups=groups, seed=self.seed),
            control=share_interval(anyway, groups=groups, seed=self.seed),
            examples=examples(victim, plan, seen[passed], scores, after[passed]),
        )


def checked_shares(shares: Sequence[float]) -> tuple[float, ...]:
    """The shares, each once and the least first; ``UsageError`` for one that is not from 0 up to 1."""
    for share in shares:
        if not 0 <= share < 1:
            raise UsageError(
                f"a share of {share:g} of the training rows cannot be poisoned",
                where="share",
                expected="numbers between 0 and 1, such as 0.01 for one row in a hundred",
            )
    if not shares:
        raise UsageError("no share of the training rows was named", expected="one or more, such as 0.01")
    return tuple(sorted({float(share) for share in shares}))
