"""Attribute inference: all of a record is known but one value; does the model's answer tell it?

Fredrikson et al. (USENIX Security 2014) let the model's answer weigh the candidates, Yeom et al. (CSF 2018) hold
members against others, and Jayaraman and Evans (CCS 2022) ask what anybody who knows other records would have guessed
anyway.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from garrison.attacks.flag import Flag
from garrison.attacks.privacy.confidence import LEAST
from garrison.attacks.privacy.interface import Answers, Bools, Floats, Ints, Records
from garrison.errors import DataError
from garrison.evaluation import Interval, wilson

TREES = 100


@dataclass(frozen=True, kw_only=True)
class Secret:
    """An attribute with ``k`` candidate values, hidden in ``n`` records.

    ``truth``, int64 ``(n,)``, says which candidate each record has. ``holding(v)`` gives the records as they would be
    with candidate ``v``; ``rest``, float64 ``(n, d)``, is all else that is known of them, their classes ``y``
    included. ``known_rest`` ``(m, d)`` and ``known_truth`` ``(m,)`` are records of the attacker's own.
    """

    name: str
    values: tuple[str, ...]
    truth: Ints
    y: Ints
    holding: Callable[[int], Records]
    rest: Floats
    known_rest: Floats
    known_truth: Ints


@dataclass(frozen=True, kw_only=True)
class FoundAttribute:
    """How often one attribute was guessed rightly; shares in [0, 1], gains in [-1, 1].

    ``imputed`` is the share of members whose value is guessed by a classifier that never saw the model, ``guessed``
    by the same with the model's answers, ``by_model`` by those and the values' frequencies alone. ``advantage`` is
    guessed less imputed: what the model gives away of its training records. ``advantage_others`` is the same of
    records that it has not seen, which is what anybody can learn from it; ``of_members`` is the difference of both.
    """

    name: str
    values: tuple[str, ...]
    members: int
    others: int
    imputed: Interval
    guessed: Interval
    by_model: Interval
    advantage: Interval
    advantage_others: Interval
    of_members: Interval
    flags: tuple[Flag, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "values": list(self.values), "flags": [asdict(flag) for flag in self.flags]}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> "FoundAttribute":
        """What ``to_dict`` wrote."""
        made = {
            name: Interval(**facts[name])
            for name in ("imputed", "guessed", "by_model", "advantage", "advantage_others", "of_members")
        }
        flags = tuple(Flag(**flag) for flag in facts["flags"])
        return cls(**{**facts, **made, "values": tuple(facts["values"]), "flags": flags})


def infer_attribute(
    model: Answers, secret: Secret, member: Bools, *, seed: int = 0, level: float = 0.95
) -> FoundAttribute:
    """Guess ``secret`` of each record, of which ``member``, bool ``(n,)``, were learnt from by ``model``.

    A candidate's weight is what the classifier of the attacker's own records gives it, times the probability that the
    model gives the record's class if the record had it. Raises ``DataError`` where a side has fewer than two records.
    """
    if min(int(member.sum()), int((~member).sum())) < 2:
        raise DataError(
            f"{member.sum()} members and {(~member).sum()} others", expected="two or more of each"
        )
    rows = np.arange(len(secret.y))
    asked = (model.probabilities(secret.holding(each))[rows, secret.y] for each in range(len(secret.values)))
    answers = np.log(np.clip(np.stack(list(asked), axis=1), LEAST, 1.0))
    imputer = np.log(_imputed(secret, seed))
    counts = np.bincount(secret.known_truth, minlength=len(secret.values)) + 1.0
    right = {
        "imputed": imputer.argmax(axis=1) == secret.truth,
        "guessed": (imputer + answers).argmax(axis=1) == secret.truth,
        "by_model": (np.log(counts / counts.sum()) + answers).argmax(axis=1) == secret.truth,
    }
    gain = right["guessed"].astype(np.float64) - right["imputed"]
    return FoundAttribute(
        name=secret.name,
        values=secret.values,
        members=int(member.sum()),
        others=int((~member).sum()),
        imputed=_share(right["imputed"][member], level),
        guessed=_share(right["guessed"][member], level),
        by_model=_share(right["by_model"][member], level),
        advantage=_mean(gain[member], level),
        advantage_others=_mean(gain[~member], level),
        of_members=_difference(gain[member], gain[~member], level),
    )


def _imputed(secret: Secret, seed: int) -> Floats:
    """The probability of each candidate by a classifier of the attacker's own records, ``(n, k)``, never 0."""
    from sklearn.ensemble import ExtraTreesClassifier

    found: Floats = np.zeros((len(secret.truth), len(secret.values)))
    there = np.unique(secret.known_truth)
    if len(there) > 1:
        forest = ExtraTreesClassifier(TREES, min_samples_leaf=2, random_state=seed)
        found[:, there] = forest.fit(secret.known_rest, secret.known_truth).predict_proba(secret.rest)
    elif len(there):
        found[:, there] = 1.0
    most = 1 / (len(secret.known_truth) + len(secret.values))
    return found * (1 - most * len(secret.values)) + most


def _share(hits: Bools, level: float) -> Interval:
    value = float(hits.mean())
    low, high = wilson(value, len(hits), level=level)
    return Interval(value, float(low), float(high), level, f"Wilson, {len(hits)} records")


def _mean(gains: Floats, level: float) -> Interval:
    return _difference(gains, np.zeros(1), level)


def _difference(ones: Floats, others: Floats, level: float) -> Interval:
    """The difference of both means, with the interval of Welch's t.

    Where no record differs from another there is nothing to vary: then it is as wide as Wilson's interval of a share
    0.
    """
    from scipy.special import stdtrit

    parts = [np.var(each, ddof=1) / len(each) if len(each) > 1 else 0.0 for each in (ones, others)]
    value, reach = float(ones.mean() - others.mean()), float(np.sqrt(sum(parts)))
    degrees = sum(parts) ** 2 / max(
        sum(part**2 / (len(each) - 1) for part, each in zip(parts, (ones, others), strict=True) if part),
        1e-300,
    )
    if reach:
        reach *= float(stdtrit(max(degrees, 1.0), (1 + level) / 2))
    else:
        reach = float(wilson(0.0, len(ones), level=level)[1])
    low, high = max(value - reach, -1.0), min(value + reach, 1.0)
    return Interval(value, low, high, level, f"Welch's t, {len(ones)} members")
