"""What stealing reached: how alike copies are, by the number of queries."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from garrison.attacks.flag import Flag
from garrison.attacks.stealing.theft import Answers
from garrison.errors import DataError
from garrison.evaluation import Interval

FORMAT = 1


@dataclass(frozen=True)
class Copy:
    """A copy of ``family`` made from ``queries`` answers (``wanted`` were allowed), on held-out events.

    ``agreement`` is the share of them on which it gives the detector's verdict, ``on_flagged`` and ``on_passed`` the
    same of those the detector flags and does not, ``lift`` what it is above always giving the commoner verdict (None
    where there is one verdict only). ``score_error`` is the mean difference of the scores, where scores
    were answered. ``f1`` and ``auc`` are the copy's own, by the truth. ``transfer`` is the share of attacked events of
    which a version made on the copy passes the detector; None where that was not asked for. ``one_answer``: all answers
    were the same verdict, so that the copy repeats it.
    """

    family: str
    wanted: int
    queries: int
    agreement: Interval
    on_flagged: float | None
    on_passed: float | None
    lift: Interval | None
    f1: Interval | None
    auc: Interval | None
    score_error: float | None = None
    transfer: Interval | None = None
    one_answer: bool = False


@dataclass(frozen=True, kw_only=True)
class StealingResult:
    """What a thief with ``pool`` events of its own reached, judged on ``held_out`` others.

    ``majority`` is the agreement of a copy that always gives the commoner verdict; ``f1`` and ``auc`` are the
    detector's. ``cut`` says that the time was over before all numbers of queries were tried.
    """

    attack: str
    knowledge: str
    answers: Answers
    seed: int
    pool: int
    held_out: int
    flagged: int
    majority: float
    f1: Interval
    auc: Interval
    copies: tuple[Copy, ...]
    seconds: float = 0.0
    cut: bool = False
    flags: tuple[Flag, ...] = ()

    def at(self, queries: int, family: str) -> Copy:
        """The copy of this family that was allowed so many queries; ``DataError`` where there is none."""
        for copy in self.copies:
            if (copy.wanted, copy.family) == (queries, family):
                return copy
        known = ", ".join(f"{copy.family} at {copy.wanted}" for copy in self.copies)
        raise DataError(f"there is no copy {family} of {queries} queries", expected=f"one of {known}")

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> "StealingResult":
        """What ``to_dict`` gave; ``DataError`` when it cannot be read."""
        try:
            if facts["format"] != FORMAT:
                raise ValueError(f"format {facts['format']}")
            known = {key: value for key, value in facts.items() if key != "format"}
            known["copies"] = tuple(
                Copy(**_intervals(each, ("agreement", "lift", "f1", "auc", "transfer")))
                for each in known["copies"]
            )
            known["flags"] = tuple(Flag(**each) for each in known["flags"])
            return cls(**_intervals(known, ("f1", "auc")))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"the result of stealing cannot be read: {type(error).__name__}: {error}"[:300],
                expected=f"what StealingResult.to_dict wrote, format {FORMAT}",
            ) from error

    @classmethod
    def join(cls, parts: Sequence["StealingResult"], *, cut: bool = False) -> "StealingResult":
        """The results of one attack at several numbers of queries, as one; raise flags anew."""
        return replace(
            parts[0],
            copies=tuple(copy for part in parts for copy in part.copies),
            seconds=sum(part.seconds for part in parts),
            cut=cut or any(part.cut for part in parts),
            flags=tuple({json.dumps(asdict(flag)): flag for part in parts for flag in part.flags}.values()),
        )


def _intervals(facts: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {**facts, **{name: None if facts[name] is None else Interval(**facts[name]) for name in names}}
