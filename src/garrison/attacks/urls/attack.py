"""What every attack on URLs is: one kind of rewrite, a search for the fewest, and the same honest count."""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, final

import numpy as np

from garrison.attacks.evasion.attack import Knowledge
from garrison.attacks.evasion.budget import Budget
from garrison.attacks.evasion.flags import of_one
from garrison.attacks.evasion.result import MOST_EXAMPLES, AttackResult, Change, Example, Outcome
from garrison.attacks.urls.draft import Draft, harmless
from garrison.attacks.urls.flags import of_rewrites
from garrison.attacks.urls.oracle import UrlScores, UrlVerdicts
from garrison.attacks.urls.ownership import Owner
from garrison.attacks.urls.search import Found, by_score
from garrison.attacks.urls.targets import Floats, UrlTargets, url_column
from garrison.attacks.urls.task import Means, UrlTask
from garrison.detection import Detector
from garrison.errors import ModelError, UsageError

REWRITES = (1.0, 2.0, 4.0, 8.0)
"""The numbers of rewrites at which detection is told, where nobody says otherwise."""
LEFT_OUT = "they are no URLs that a browser follows"


class UrlAttack(ABC):
    """An attacker who rewrites malicious URLs, at most ``epsilon`` times each, until they pass.

    Every URL that counts is one that browsers follow to a host of the attacker's own (``Owner.judge``), whatever the
    attack says of it. Everything that is drawn comes from ``seed``. A detector that does not read URLs is a
    ``ModelError``.
    """

    name: ClassVar[str]
    knowledge: ClassVar[Knowledge] = "scores of any event"
    norm: ClassVar[str] = "rewrites"
    queries: ClassVar[int] = 1_000
    """Questions to the detector for each URL, at most."""
    whole: ClassVar[bool] = False
    """Whether it is made of the other attacks."""
    at_once: ClassVar[int] = 24
    """Rewrites of one draft that are tried at a time."""

    def __init__(self, detector: Detector, *, epsilon: float = 8.0, seed: int = 0) -> None:
        if not 1 <= epsilon < np.inf:
            raise UsageError(f"epsilon is {epsilon}", expected="1 rewrite or more")
        if not self.fits(detector):
            from garrison.attacks.evasion import fitting

            raise ModelError(
                f"{self.name} rewrites URLs, and the detector reads columns of numbers and categories",
                where=f"detector {detector.name!r}",
                expected="one of " + ", ".join(fitting(detector.model)),
                remedy="choose an attack that fits the detector",
            )
        self.detector, self.epsilon, self.seed = detector, float(int(epsilon)), seed

    @classmethod
    def fits(cls, detector: Detector) -> bool:
        """Whether the detector reads URLs, and nothing else."""
        return url_column(detector) is not None

    @abstractmethod
    def rewritten(self, draft: Draft, means: Means, *, count: int) -> Iterator[Draft]:
        """About ``count`` drafts with one rewrite more; what cannot be counted may be among them."""

    def search(self, task: UrlTask, oracle: Any) -> Found:
        """Look for URLs that pass with the fewest rewrites; the knowledge says what ``oracle`` is."""
        return by_score(task, oracle, self.rewritten, count=self.at_once)

    @final
    def run(
        self,
        targets: UrlTargets,
        *,
        epsilons: Sequence[float] = REWRITES,
        seconds: float | None = None,
        raw: bool = False,  # noqa: ARG002  # no number of a URL can be freed: there is nothing to compare with
    ) -> AttackResult:
        """Attack and count: only URLs that browsers follow to the attacker's own hosts are successes.

        After ``seconds`` the best so far is given, and said to be cut.
        """
        if targets.detector is not self.detector:
            raise UsageError(
                "the targets are those of another detector", expected="UrlTargets.of(detector, …)"
            )
        attacked = np.flatnonzero(targets.flagged & ~targets.broken)
        budget = Budget(seconds, self.queries * len(attacked))
        task = self._task(targets, attacked, budget)
        scores = UrlScores(self.detector, budget)
        by_verdict = self.knowledge == "verdicts on any event"
        found = self.search(task, UrlVerdicts(scores) if by_verdict else scores) if len(attacked) else []
        after = self._looked_at(task, found, scores)
        outcomes: list[Outcome] = []
        examples: list[Example] = []
        passed: list[Draft] = []
        place = {int(row): at for at, row in enumerate(attacked)}
        for row, url in enumerate(targets.urls):
            number, before = int(targets.numbers[row]), float(targets.scores[row])
            at = place.get(row)
            draft = None if at is None else found[at]
            if at is None and targets.flagged[row]:
                continue
            if at is None:
                outcomes.append(Outcome(number, before, before, 0.0))
            elif draft is None or not after[at] < self.detector.threshold.value:
                outcomes.append(Outcome(number, before, before, None))
            else:
                score, used = float(after[at]), tuple(dict.fromkeys(each.kind for each in draft.done))
                outcomes.append(Outcome(number, before, score, float(len(draft.done)), used=used))
                passed.append(draft)
                examples.append(_example(number, url, before, score, draft))
        result = AttackResult(
            attack=self.name,
            knowledge=self.knowledge,
            norm="rewrites",
            epsilon=self.epsilon,
            epsilons=tuple(sorted({*map(float, epsilons), self.epsilon})),
            units="rewrites of the URL",
            seed=self.seed,
            threshold=self.detector.threshold.value,
            outcomes=tuple(outcomes),
            left_out=int((targets.flagged & targets.broken).sum()),
            left_out_as=LEFT_OUT,
            queries=budget.asked,
            seconds=budget.passed,
            cut=budget.cut,
            raw=False,
            flags=of_rewrites(task, passed),
            examples=_some(examples),
        )
        return of_one(result)

    def _task(self, targets: UrlTargets, attacked: Any, budget: Budget) -> UrlTask:
        first = int(targets.numbers[0]) if len(targets) else 0
        draw = np.random.default_rng([self.seed, zlib.crc32(self.name.encode()), first])
        urls = [targets.urls[row] for row in attacked]
        owners = [Owner.of(url, others=targets.others) for url in urls]
        return UrlTask(
            tuple(map(Draft.of, urls)),
            tuple(Means(owner, targets.material, draw) for owner in owners),
            int(self.epsilon),
            budget,
        )

    def _looked_at(self, task: UrlTask, found: Found, scores: UrlScores) -> Floats:
        """The scores of what was found, shape (n,), asked anew; infinite where there is nothing that counts."""
        after = np.full(len(found), np.inf)
        good = [
            at
            for at, draft in enumerate(found)
            if draft is not None and draft.done and task.counts(draft, at)
        ]
        urls = [draft.url for at in good if (draft := found[at]) is not None]
        after[good] = scores.ask(urls) if urls else 0.0
        return after


def _example(number: int, url: str, before: float, after: float, draft: Draft) -> Example:
    changes = tuple(Change(each.kind, each.before, each.after, 1.0) for each in draft.done)
    cost = float(len(draft.done))
    return Example(number, before, after, cost, changes, harmless(url), harmless(draft.url))


def _some(examples: list[Example]) -> tuple[Example, ...]:
    """The cheapest, the dearest, and some between."""
    ordered = sorted(examples, key=lambda each: each.cost)
    if len(ordered) > MOST_EXAMPLES:
        places = np.linspace(0, len(ordered) - 1, MOST_EXAMPLES).round().astype(int)
        ordered = [ordered[place] for place in places]
    return tuple(ordered)
