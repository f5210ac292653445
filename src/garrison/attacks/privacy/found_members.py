"""How well an attack finds members: the ROC, with what counts of it where few false alarms are allowed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from garrison.attacks.flag import Flag
from garrison.attacks.privacy.interface import Bools, Floats
from garrison.errors import DataError
from garrison.evaluation import Interval, bootstrap_interval, roc, wilson

FALSE_POSITIVE_RATES = (0.001, 0.01, 0.1)
REPEATS = 500


@dataclass(frozen=True, kw_only=True)
class FoundMembers:
    """What an attack reached on ``members`` records that the model learnt from and ``others`` that it did not.

    ``tpr`` is the share of the members that is found where ``fpr``, a share of the others, is taken for members too;
    chance gives equal shares. ``balanced_accuracy`` is the mean share of both sides judged rightly, by a threshold
    that was chosen on other records. ``roc`` are points (false-positive rate, true-positive rate) for a picture.
    """

    attack: str
    knowledge: str
    members: int
    others: int
    shadows: int
    auc: Interval
    tpr: Mapping[float, Interval]
    balanced_accuracy: Interval
    roc: tuple[tuple[float, float], ...]
    flags: tuple[Flag, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        facts = asdict(self)
        return {
            **facts,
            "tpr": [{"fpr": fpr, **asdict(each)} for fpr, each in self.tpr.items()],
            "roc": [list(point) for point in self.roc],
            "flags": [asdict(flag) for flag in self.flags],
        }

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "FoundMembers":
        """What ``to_dict`` wrote."""
        tpr = {
            each["fpr"]: Interval(**{k: v for k, v in each.items() if k != "fpr"}) for each in facts["tpr"]
        }
        made = {
            "auc": Interval(**facts["auc"]),
            "tpr": tpr,
            "balanced_accuracy": Interval(**facts["balanced_accuracy"]),
            "roc": tuple((float(x), float(y)) for x, y in facts["roc"]),
            "flags": tuple(Flag(**flag) for flag in facts["flags"]),
        }
        return cls(**{**facts, **made})


def found_members(
    attack: str,
    knowledge: str,
    scores: Floats,
    member: Bools,
    *,
    shadows: int = 0,
    fprs: Sequence[float] = FALSE_POSITIVE_RATES,
    seed: int = 0,
    level: float = 0.95,
) -> FoundMembers:
    """Judge ``scores`` (n,), greater for likelier members, by the truth ``member`` (n,).

    ``fprs`` are the false-positive rates at which it is told how many members are found.

    Raises ``DataError`` for a score that is not finite, or where a side has no records.
    """
    if not np.isfinite(scores).all() or member.all() or not member.any():
        raise DataError("these scores cannot be judged", expected="finite scores of members and of others")
    ranks = np.unique(scores, return_inverse=True)[1].astype(np.float64)
    p = ranks / max(float(ranks.max()), 1.0)
    tpr = {}
    for fpr in sorted({*fprs}):
        drawn = bootstrap_interval(f"recall@fpr={fpr:g}", member, p, repeats=REPEATS, seed=seed, level=level)
        tpr[fpr] = _widened(drawn, int(member.sum()), level)
    curve = roc(member, p, marks=tuple(tpr))
    points = zip(curve.false_positive_rate.tolist(), curve.recall.tolist(), strict=True)
    judged = _judged_apart(p, member, seed=seed)
    return FoundMembers(
        attack=attack,
        knowledge=knowledge,
        members=int(member.sum()),
        others=int((~member).sum()),
        shadows=shadows,
        auc=bootstrap_interval("auc", member, p, repeats=REPEATS, seed=seed, level=level),
        tpr=tpr,
        balanced_accuracy=bootstrap_interval(
            "auc", member, judged.astype(np.float64), repeats=REPEATS, seed=seed, level=level
        ),
        roc=tuple((round(x, 6), round(y, 6)) for x, y in points),
    )


def _widened(drawn: Interval, members: int, level: float) -> Interval:
    """The bootstrap's interval, at least as wide as Wilson's: where nothing is found it has nothing to vary."""
    low, high = wilson(drawn.value, members, level=level)
    return Interval(
        drawn.value,
        min(drawn.low, float(low)),
        max(drawn.high, float(high)),
        level,
        f"{drawn.method}; at least Wilson's",
    )


def _judged_apart(p: Floats, member: Bools, *, seed: int) -> Bools:
    """Which records are taken for members, each half of them by the threshold that is best on the other half.

    The AUC of such verdicts is their balanced accuracy.
    """
    half = np.zeros(len(p), dtype=np.bool_)
    draw = np.random.default_rng([seed, len(p)])
    for side in (member, ~member):
        places = np.flatnonzero(side)
        half[draw.permutation(places)[: len(places) // 2]] = True
    judged = np.zeros(len(p), dtype=np.bool_)
    for learn, test in ((half, ~half), (~half, half)):
        judged[test] = p[test] >= _best_threshold(p[learn], member[learn])
    return judged


def _best_threshold(p: Floats, member: Bools) -> float:
    """Where the mean of both sides judged rightly is greatest; above everything where a side is empty."""
    if member.all() or not member.any():
        return np.inf
    levels, place = np.unique(p, return_inverse=True)
    within = np.bincount(place, weights=member, minlength=len(levels)) / member.sum()
    without = np.bincount(place, weights=~member, minlength=len(levels)) / (~member).sum()
    gain = np.append(np.cumsum((within - without)[::-1])[::-1], 0.0)
    return float(np.append(levels, np.inf)[int(gain.argmax())])
