"""What every evasion attack is: a knowledge, a search, and the same honest count of what came of it."""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Literal, final

import numpy as np

from garrison.attacks.evasion.budget import Budget
from garrison.attacks.evasion.constraints import Constraints
from garrison.attacks.evasion.flags import of_one
from garrison.attacks.evasion.looked_at import Searched, examples
from garrison.attacks.evasion.oracles import Scores, Verdicts
from garrison.attacks.evasion.result import AttackResult, Outcome
from garrison.attacks.evasion.rows import Ints
from garrison.attacks.evasion.targets import Targets
from garrison.attacks.evasion.task import Found, Task
from garrison.attacks.evasion.units import NORMS, Norm
from garrison.detection import Detector
from garrison.errors import ModelError, UsageError

Knowledge = Literal[
    "the model itself",
    "the model's gradients",
    "scores of any event",
    "verdicts on any event",
    "verdicts, to copy",
]


class EvasionAttack(ABC):
    """An attacker with a knowledge of the detector, who makes malicious events pass by changing them.

    ``norm`` is how changes add up and ``epsilon`` the most they may come to, in standard deviations. Everything that is
    drawn comes from ``seed``. An attack that the detector does not fit is a ``ModelError`` when it is made.
    """

    name: ClassVar[str]
    knowledge: ClassVar[Knowledge]
    budget: ClassVar[str]
    """What else bounds it, in words."""
    queries: ClassVar[int | None] = None
    """Questions to the detector for each event; None: as many as it takes."""
    white: ClassVar[bool] = False
    """Whether it knows the model itself, so that no black box should do better."""

    def __init__(
        self, detector: Detector, *, norm: Norm = "linf", epsilon: float = 2.0, seed: int = 0
    ) -> None:
        if norm not in NORMS:
            raise UsageError(f"there is no norm {norm!r}", expected="one of " + ", ".join(NORMS))
        if not 0 < epsilon < np.inf:
            raise UsageError(f"epsilon is {epsilon}", expected="a number above 0, in standard deviations")
        if not self.fits(detector.model):
            raise self._unfit(detector)
        self.detector, self.norm, self.epsilon, self.seed = detector, norm, float(epsilon), seed

    @classmethod
    def fits(cls, model: Any) -> bool:  # noqa: ARG003
        """Whether it can attack such a model."""
        return True

    def _unfit(self, detector: Detector) -> ModelError:
        from garrison.attacks.evasion import fitting

        return ModelError(
            f"{self.name} needs {self.knowledge}, and {detector.family} does not give that",
            where=f"detector {detector.name!r}",
            expected="one of " + ", ".join(fitting(detector.model)),
            remedy="choose an attack that fits the model",
        )

    @abstractmethod
    def search(self, task: Task, oracle: Any) -> Found:
        """Look for events that pass, at the least cost; the knowledge says what ``oracle`` is."""

    @final
    def run(
        self,
        targets: Targets,
        *,
        epsilons: Sequence[float] = (0.5, 1.0, 2.0),
        seconds: float | None = None,
        raw: bool = True,
    ) -> AttackResult:
        """Attack and count: only events that can be, flagged no longer and within the budget, are successes.

        ``epsilons`` are the costs at which detection is told. After ``seconds`` the best so far is given, and said to
        be cut. ``raw`` runs the search once more with every number free, which shows what the constraints are worth.
        """
        if targets.detector is not self.detector:
            raise UsageError("the targets are those of another detector", expected="Targets.of(detector, …)")
        attacked = np.flatnonzero(targets.flagged & ~targets.broken)
        budget = self._budget(seconds if not raw or seconds is None else seconds * 0.75, len(attacked))
        hard = self._searched(targets, attacked, targets.constraints, budget)
        used, queries, cut = budget.passed, budget.asked, budget.cut
        free = None
        if raw:
            budget = self._budget(None if seconds is None else max(seconds - used, 0.01), len(attacked))
            free = self._searched(targets, attacked, targets.constraints.without_limits(), budget)
            used, queries, cut = used + budget.passed, queries + budget.asked, cut or budget.cut
        place = {int(row): at for at, row in enumerate(attacked)}
        outcomes = [self._outcome(targets, row, hard, free, place.get(row)) for row in range(len(targets))]
        result = AttackResult(
            attack=self.name,
            knowledge=self.knowledge,
            norm=self.norm,
            epsilon=self.epsilon,
            epsilons=tuple(sorted({*map(float, epsilons), self.epsilon})),
            units=targets.units.source,
            seed=self.seed,
            threshold=self.detector.threshold.value,
            outcomes=tuple(each for each in outcomes if each is not None),
            left_out=int((targets.flagged & targets.broken).sum()),
            queries=queries,
            seconds=used,
            cut=cut,
            raw=raw,
            flags=hard.found.flags,
            examples=examples(targets, attacked, hard),
        )
        return of_one(result)

    def _budget(self, seconds: float | None, events: int) -> Budget:
        return Budget(seconds, None if self.queries is None else self.queries * events)

    def _searched(
        self, targets: Targets, attacked: Ints, constraints: Constraints, budget: Budget
    ) -> Searched:
        """Search, and look at what was found as if the attack had not said anything."""
        at = targets.chosen[attacked]
        Z0 = targets.rows.Z[at]
        scores = Scores(self.detector, targets.rows, constraints.movable, budget)
        first = int(targets.numbers[0]) if len(targets) else 0
        name = zlib.crc32(f"{self.name} {constraints.lifted}".encode())
        task = Task(
            Z0=Z0,
            at=at,
            rows=targets.rows,
            constraints=constraints,
            units=targets.units,
            norm=self.norm,
            epsilon=self.epsilon,
            benign=targets.benign,
            known=targets.known,
            y=targets.y,
            draw=np.random.default_rng([self.seed, name, first]),
            budget=budget,
            numbers=scores.numbers,
        )
        if not len(at):
            nothing = np.zeros(0)
            return Searched(Found(Z0), Z0, nothing, nothing, np.zeros(0, dtype=np.bool_))
        by_verdict = self.knowledge in ("verdicts on any event", "verdicts, to copy")
        found = self.search(task, Verdicts(scores) if by_verdict else scores)
        Z, fine = task.mended(found.Z, np.arange(len(at)))
        after = scores.ask(Z, at)
        passed = fine & (after < self.detector.threshold.value)
        return Searched(found, Z, after, task.cost(Z), passed)

    def _outcome(
        self, targets: Targets, row: int, hard: Searched, free: Searched | None, at: int | None
    ) -> Outcome | None:
        number, before = int(targets.numbers[row]), float(targets.scores[row])
        if at is None:
            if targets.flagged[row]:
                return None
            return Outcome(number, before, before, 0.0)
        raw_cost, possible = None, False
        if free is not None and free.passed[at]:
            raw_cost = float(free.cost[at])
            Z0 = targets.rows.Z[targets.chosen[row]][None]
            possible = bool(targets.constraints.holds(Z0, free.Z[at][None])[0])
        bound = None if hard.found.bound is None else float(hard.found.bound[at])
        if not hard.passed[at]:
            return Outcome(number, before, before, None, raw_cost, possible, bound=bound)
        changed = (hard.Z[at] != targets.rows.Z[targets.chosen[row]]) & targets.constraints.chosen
        used = tuple(
            targets.constraints.names[place] for place in np.flatnonzero(changed & ~np.isnan(hard.Z[at]))
        )
        return Outcome(
            number, before, float(hard.after[at]), float(hard.cost[at]), raw_cost, possible, used, bound
        )
