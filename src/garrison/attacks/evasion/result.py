"""What an attack reached: by event, and what follows for the detector."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from garrison.attacks.evasion.rows import Floats
from garrison.attacks.evasion.units import SLACK, Norm
from garrison.attacks.flag import Flag
from garrison.errors import DataError

FORMAT = 2
MOST_EXAMPLES = 5


@dataclass(frozen=True)
class Change:
    """One change of one event, as a person reads it: of a column, or one rewrite of a URL.

    ``cost`` is what it costs alone, in the units of the result.
    """

    column: str
    before: str
    after: str
    cost: float


@dataclass(frozen=True)
class Example:
    """An event that is no longer flagged, and all that was changed; scores in [0, 1].

    ``before`` and ``after`` are the whole event where it is one text, written so that it is no link.
    """

    row: int
    score_before: float
    score_after: float
    cost: float
    changes: tuple[Change, ...]
    before: str = ""
    after: str = ""

    def words(self) -> str:
        """In words.

        >>> change = Change("dur", "0.00001", "3.2", 0.68)
        >>> print(Example(7, 0.99, 0.2, 0.68, (change,)).words())
        row 7: score 0.99 -> 0.2 by dur 0.00001 -> 3.2 (cost 0.68)
        """
        done = ", ".join(f"{each.column} {each.before} -> {each.after}" for each in self.changes)
        scores = "score " + _apart(self.score_before, self.score_after)
        if self.after:
            done = f"{', '.join(each.column for each in self.changes)}: {self.before} -> {self.after}"
        return f"row {self.row}: {scores} by {done} (cost {self.cost:.3g})"


@dataclass(frozen=True)
class Outcome:
    """One malicious event: its scores, and what it cost to make it pass, which is 0 where it passed as it was.

    ``cost`` is None where no event that can be was found; ``raw_cost`` is what it took when every number could be
    changed at will, and ``raw_possible`` whether that was, by chance, an event that can be. ``used`` are the columns
    that were chosen. ``bound`` is what it costs at least, as far as that was proved.
    """

    row: int
    score_before: float
    score_after: float
    cost: float | None
    raw_cost: float | None = None
    raw_possible: bool = False
    used: tuple[str, ...] = ()
    bound: float | None = None


@dataclass(frozen=True, kw_only=True)
class AttackResult:
    """What an attack with a stated knowledge reached within a stated budget.

    ``epsilon`` is the largest cost: by ``norm`` (linf, l2, l1) in the ``units`` named, or the number of rewrites.
    ``left_out`` events could not be attacked as they are, for the reason ``left_out_as``. ``queries`` are events that
    were scored, ``seconds`` by the clock; ``cut`` says that the time was over before the attack was; ``raw`` that it
    was run with every number free as well.
    """

    attack: str
    knowledge: str
    norm: Norm | Literal["rewrites"]
    epsilon: float
    epsilons: tuple[float, ...]
    units: str
    seed: int
    threshold: float
    outcomes: tuple[Outcome, ...]
    left_out: int
    queries: int
    seconds: float
    cut: bool
    left_out_as: str = "they break relations"
    raw: bool = True
    flags: tuple[Flag, ...] = ()
    examples: tuple[Example, ...] = ()

    @property
    def attacked(self) -> tuple[Outcome, ...]:
        """The events that were flagged before."""
        return tuple(each for each in self.outcomes if each.score_before >= self.threshold)

    @property
    def detection_before(self) -> float:
        """The share of the malicious events that are flagged as they are, in [0, 1]."""
        return len(self.attacked) / len(self.outcomes) if self.outcomes else float("nan")

    @property
    def detection_after(self) -> float:
        """The share that is still flagged within the whole budget, in [0, 1]."""
        return self.detection(self.epsilon)

    def detection(self, cost: float) -> float:
        """The share that is still flagged when the attacker may spend ``cost``, in [0, 1]."""
        if not self.outcomes:
            return float("nan")
        most = cost * SLACK
        kept = sum(each.cost is None or each.cost > most for each in self.outcomes)
        return kept / len(self.outcomes)

    def curve(self) -> tuple[tuple[float, float], ...]:
        """Detection against cost, at 0 and at each of ``epsilons``."""
        return tuple((cost, self.detection(cost)) for cost in sorted({0.0, *self.epsilons}))

    @property
    def success(self) -> float:
        """Of the events flagged before, the share made to pass by an event that can be, in [0, 1]."""
        return _share([each.cost is not None for each in self.attacked])

    @property
    def raw_success(self) -> float:
        """The same when every number could be changed at will: what is never counted; NaN where that was not tried."""
        if not self.raw:
            return float("nan")
        return _share([each.raw_cost is not None for each in self.attacked])

    @property
    def raw_impossible(self) -> float:
        """Of those raw successes, the share that could not be real traffic, in [0, 1]."""
        return _share([not each.raw_possible for each in self.attacked if each.raw_cost is not None])

    @property
    def costs(self) -> Floats:
        """What each success cost, shape (successes,)."""
        return np.array([each.cost for each in self.attacked if each.cost is not None])

    @property
    def median_cost(self) -> float | None:
        """The median of what successes cost; None without any."""
        return float(np.median(self.costs)) if len(self.costs) else None

    @property
    def costs_in(self) -> str:
        """What costs are, in words."""
        return self.units if self.norm == "rewrites" else f"{self.norm}, in {self.units}"

    @property
    def used(self) -> dict[str, float]:
        """In which share of the successes each column was changed, or kind of rewrite used, the commonest first."""
        done = [each for each in self.attacked if each.cost is not None]
        counts = Counter(name for each in done for name in each.used)
        return {name: count / len(done) for name, count in counts.most_common()}

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; figures that follow from the others are there for readers, and not read back."""
        facts = asdict(self)
        figures = {
            "detection_before": self.detection_before,
            "detection_after": self.detection_after,
            "success": self.success,
            "raw_success": self.raw_success,
            "raw_impossible": self.raw_impossible,
            "median_cost": self.median_cost,
            "curve": [list(point) for point in self.curve()],
            "used": self.used,
        }
        return {
            "format": FORMAT,
            **facts,
            "figures": {
                key: None if isinstance(value, float) and np.isnan(value) else value
                for key, value in figures.items()
            },
        }

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> "AttackResult":
        """What ``to_dict`` gave; ``DataError`` when it cannot be read."""
        try:
            if facts["format"] != FORMAT:
                raise ValueError(f"format {facts['format']}")
            known = {key: value for key, value in facts.items() if key not in ("format", "figures")}
            known["epsilons"] = tuple(map(float, known["epsilons"]))
            known["outcomes"] = tuple(
                Outcome(**{**each, "used": tuple(each["used"])}) for each in known["outcomes"]
            )
            known["flags"] = tuple(Flag(**each) for each in known["flags"])
            known["examples"] = tuple(
                Example(**{**each, "changes": tuple(Change(**change) for change in each["changes"])})
                for each in known["examples"]
            )
            return cls(**known)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(
                f"the result of an attack cannot be read: {type(error).__name__}: {error}"[:300],
                expected=f"what AttackResult.to_dict wrote, format {FORMAT}",
            ) from error

    @classmethod
    def join(cls, parts: Sequence["AttackResult"]) -> "AttackResult":
        """The results of one attack on parts of the events, as one; flags are to be raised anew."""
        first = parts[0]
        return replace(
            first,
            outcomes=tuple(each for part in parts for each in part.outcomes),
            left_out=sum(part.left_out for part in parts),
            queries=sum(part.queries for part in parts),
            seconds=sum(part.seconds for part in parts),
            cut=any(part.cut for part in parts),
            examples=tuple(each for part in parts for each in part.examples)[:MOST_EXAMPLES],
            flags=_flags_of(parts),
        )


def _flags_of(parts: Sequence[AttackResult]) -> tuple[Flag, ...]:
    """One flag of each name; of one that not every part of the events raises in the same words, how many do."""
    found: dict[str, list[str]] = {}
    for part in parts:
        for flag in part.flags:
            found.setdefault(flag.name, []).append(flag.why)
    told = []
    for name, said in found.items():
        alike = len(said) == len(parts) and len({*said}) == 1
        of = f"in {len(said)} of {len(parts)} parts of the events, such as: "
        told.append(Flag(name, said[0] if alike else of + said[0]))
    return tuple(told)


def _apart(before: float, after: float) -> str:
    """Two scores, with as many digits as it takes to tell them apart."""
    for digits in (3, 6, 12):
        one, other = f"{before:.{digits}g}", f"{after:.{digits}g}"
        if one != other:
            break
    return f"{one} -> {other}"


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else float("nan")
