"""What every attack that steals a model is: a choice of events to ask about, and the same judging of the copy."""

import time
import zlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.attacks.evasion import Targets, Transfer
from garrison.attacks.stealing.copying import copied
from garrison.attacks.stealing.flags import flagged
from garrison.attacks.stealing.result import Copy, StealingResult
from garrison.attacks.stealing.theft import Oracle, Theft, score
from garrison.detection import FAMILIES, Detector
from garrison.errors import UsageError
from garrison.evaluation import Interval, bootstrap_interval, paired_gain, share_interval

Floats = NDArray[np.float64]
Asked = tuple[pa.Table, Floats]
"""Events, and what the detector answered to each, shape (n,)."""

QUERIES = (100, 1_000, 10_000)
COPIES = ("xgboost", "random_forest", "logistic_regression")
BOOTSTRAPS = 200


class StealingAttack(ABC):
    """A thief who may ask a detector about so many events; everything that is drawn comes from ``seed``."""

    name: ClassVar[str]
    what: ClassVar[str]
    """What is asked about, in words."""
    makes: ClassVar[bool] = False
    """Whether it makes events, which needs features that an attacker can change."""

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed

    @abstractmethod
    def ask(self, theft: Theft, oracle: Oracle, count: int, draw: np.random.Generator) -> Asked:
        """Ask about up to ``count`` events."""

    @final
    def run(
        self,
        theft: Theft,
        *,
        queries: Sequence[int] = QUERIES,
        families: Sequence[str] = COPIES,
        transfer: int = 0,
        seconds: float | None = None,
    ) -> StealingResult:
        """Ask, copy, and hold each copy against the detector on the held-out events.

        ``transfer`` malicious held-out events are attacked on each copy, and what passes it is tried on the detector.
        After ``seconds`` no further number of queries is begun, and the result says that it was cut. Raises
        ``UsageError`` for numbers of queries that are none, ``SettingsError`` for an unknown family, ``SchemaError``
        where events are to be made and an attacker can change nothing.
        """
        started = time.monotonic()
        copies: list[Copy] = []
        wanted = checked_queries(queries)
        for family in families:
            FAMILIES[family].complete({})
        for count in wanted:
            if copies and seconds is not None and time.monotonic() - started >= seconds:
                break
            copies += self._copies(theft, count, families, transfer)
        y, groups, scores = theft.held_out.y, theft.held_out.groups, theft.scores
        f1, auc = (
            bootstrap_interval(
                name,
                y,
                scores,
                groups=groups,
                threshold=theft.detector.threshold.value,
                repeats=BOOTSTRAPS,
                seed=self.seed,
            )
            for name in ("f1", "auc")
        )
        most = float(theft.verdicts.mean())
        return flagged(
            StealingResult(
                attack=self.name,
                knowledge=f"{theft.answers} of {self.what}",
                answers=theft.answers,
                seed=self.seed,
                pool=len(theft.pool),
                held_out=len(theft.held_out),
                flagged=int(theft.verdicts.sum()),
                majority=max(most, 1 - most),
                f1=f1,
                auc=auc,
                copies=tuple(copies),
                seconds=time.monotonic() - started,
                cut=len({copy.wanted for copy in copies}) < len(wanted),
            )
        )

    def _copies(self, theft: Theft, count: int, families: Sequence[str], transfer: int) -> list[Copy]:
        oracle = Oracle(theft)
        draw = np.random.default_rng([self.seed, zlib.crc32(self.name.encode()), count])
        table, answers = self.ask(theft, oracle, count, draw)
        found = []
        for family in families:
            copy = copied(theft, oracle, table, answers, family=family, seed=self.seed)
            found.append(self._judged(theft, oracle, copy, family, count, answers, transfer))
        return found

    def _judged(
        self,
        theft: Theft,
        oracle: Oracle,
        copy: Detector | None,
        family: str,
        count: int,
        answers: Floats,
        transfer: int,
    ) -> Copy:
        y, groups, verdicts = theft.held_out.y, theft.held_out.groups, theft.verdicts
        if copy is None:
            always = bool(len(answers) and oracle.verdicts(answers)[0])
            same = verdicts == always
            own = None
        else:
            own = score(copy, theft.held_out.table)
            same = (own >= copy.threshold.value) == verdicts
        lift = None
        if verdicts.any() and not verdicts.all():
            commoner = np.full(len(same), float(verdicts.mean() >= 0.5))
            given = np.where(same, verdicts, ~verdicts).astype(np.float64)
            lift = paired_gain(
                "accuracy", verdicts, given, commoner, groups=groups, repeats=BOOTSTRAPS, seed=self.seed
            )
        quality: list[Interval | None] = [None, None]
        if own is not None and copy is not None:
            quality = [
                bootstrap_interval(
                    name,
                    y,
                    own,
                    groups=groups,
                    threshold=copy.threshold.value,
                    repeats=BOOTSTRAPS,
                    seed=self.seed,
                )
                for name in ("f1", "auc")
            ]
        return Copy(
            family,
            count,
            oracle.asked,
            share_interval(same, groups=groups, seed=self.seed, repeats=BOOTSTRAPS),
            on_flagged=float(same[verdicts].mean()) if verdicts.any() else None,
            on_passed=float(same[~verdicts].mean()) if not verdicts.all() else None,
            lift=lift,
            f1=quality[0],
            auc=quality[1],
            score_error=float(np.abs(own - theft.scores).mean())
            if own is not None and theft.answers == "scores"
            else None,
            transfer=self._transferred(theft, copy, transfer) if transfer and copy is not None else None,
            one_answer=copy is None,
        )

    def _transferred(self, theft: Theft, copy: Detector, rows: int) -> Interval | None:
        """Of the malicious events that the detector flags, the share that pass it as versions made on the copy."""
        targets = Targets.of(theft.detector, theft.labelled, rows=rows, seed=self.seed, schema=theft.attacker)
        result = Transfer(theft.detector, seed=self.seed, copy=copy).run(targets, raw=False)
        passed = [each.cost is not None for each in result.attacked]
        return share_interval(passed) if passed else None


def checked_queries(queries: Sequence[int]) -> tuple[int, ...]:
    """The numbers of queries, each once and the least first; ``UsageError`` for one below 2."""
    for count in queries:
        if count < 2:
            raise UsageError(
                f"{count} queries are too few to copy anything", where="queries", expected="2 or more"
            )
    if not queries:
        raise UsageError("no number of queries was named", expected="one or more, such as 1000")
    return tuple(sorted({int(count) for count in queries}))
