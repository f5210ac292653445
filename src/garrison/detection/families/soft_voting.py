"""Soft voting: the weighted mean of what other families say, as log-odds or as probabilities.

The mean of log-odds is the logarithmic opinion pool (Genest and Zidek 1986): a member that is sure moves it more than
one that only leans, which tells rows apart better where false alarms must be rare.

Families err on different rows, so that their mean orders rows better than the best of them; what each member adds
shows on the leaderboard.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from garrison.detection.families.base import Family, Files, Floats, Lesson, Model, Params
from garrison.errors import SettingsError
from garrison.files import canonical_json

FILE = "members.json"
MOST_MEMBERS = 32
MEANS = ("log_odds", "probability")
SUREST = 1e-4


@dataclass(frozen=True)
class VotingModel(Model):
    """The members, by family, and the weight of each."""

    features: int
    mean: str
    members: Sequence[tuple[str, float, Model]]

    families: ClassVar[Mapping[str, Family]]

    def _score(self, X: Floats) -> Floats:
        scores = [model.score(X) for *_, model in self.members]
        return blend(scores, [weight for _, weight, _ in self.members], mean=self.mean)

    def files(self) -> Files:
        """The members' own files, each in a numbered folder, and a list of their families and weights."""
        listed = [[name, weight] for name, weight, _ in self.members]
        facts = {"features": self.features, "mean": self.mean, "members": listed}
        files = {FILE: canonical_json(facts).encode()}
        for number, (name, _, model) in enumerate(self.members):
            files |= {f"{number}-{name}/{path}": content for path, content in model.files().items()}
        return files

    @classmethod
    def _from_files(cls, files: Mapping[str, bytes]) -> Self:
        facts = json.loads(files[FILE])
        listed = [(str(name), float(weight)) for name, weight in facts["members"]]
        if not 0 < len(listed) <= MOST_MEMBERS or any(name == SoftVoting.name for name, _ in listed):
            raise ValueError("no members, too many, or voting inside voting")
        members = []
        for number, (name, weight) in enumerate(listed):
            folder = f"{number}-{name}/"
            own = {path.removeprefix(folder): files[path] for path in files if path.startswith(folder)}
            members.append((name, weight, cls.families[name].model.from_files(own)))
        if {model.features for *_, model in members} != {facts["features"]}:
            raise ValueError("the members do not take the same features")
        blend([np.zeros(1)] * len(members), [weight for _, weight in listed], mean=facts["mean"])
        return cls(features=facts["features"], mean=facts["mean"], members=members)


class SoftVoting(Family):
    """Combines ``members``, each ``{"family": name, "weight": w, "params": {…} or None}``.

    In a search, a member without ``params`` takes the best that the search found for its family; elsewhere, the
    family's defaults. Members are fitted with the seed of the whole, so that they equal the same families fitted alone.
    """

    name = "soft_voting"
    model = VotingModel
    libraries = ()
    defaults: ClassVar[Params] = {
        "mean": "log_odds",
        "members": [
            {"family": "lightgbm", "weight": 1.5, "params": None},
            {"family": "xgboost", "weight": 0.5, "params": None},
            {"family": "extra_trees", "weight": 2.0, "params": None},
            {"family": "mlp", "weight": 2.0, "params": None},
        ],
    }

    def __init__(self, families: Mapping[str, Family]) -> None:
        self.families = families

    def complete(self, params: Mapping[str, Any]) -> Params:
        """The members with every parameter written out; ``SettingsError`` for one that cannot vote."""
        return self.resolved(params, {})

    def resolved(self, params: Mapping[str, Any], found: Mapping[str, Params]) -> Params:
        """As ``complete``, but a member without parameters takes those ``found`` for its family."""
        members = super().complete(params)["members"]
        if not isinstance(members, list | tuple) or not 0 < len(members) <= MOST_MEMBERS:
            raise _unfit("nobody votes, or too many do", f"a list of 1 to {MOST_MEMBERS} members")
        mean = super().complete(params)["mean"]
        if mean not in MEANS:
            raise _unfit(f"there is no mean {mean!r}", "one of " + ", ".join(MEANS))
        return {"mean": mean, "members": [self._member(each, found) for each in members]}

    def _member(self, given: Any, found: Mapping[str, Params]) -> Params:
        member: Any = {"family": given} if isinstance(given, str) else given
        known = [name for name in self.families if name != self.name]
        if not isinstance(member, Mapping) or member.get("family") not in known:
            raise _unfit(f"{given!r} cannot vote", "a family, one of " + ", ".join(known))
        if extra := set(member) - {"family", "weight", "params"}:
            raise _unfit(f"unknown {', '.join(sorted(map(str, extra)))}", "family, weight and params only")
        weight = member.get("weight", 1.0)
        if not isinstance(weight, int | float) or not np.isfinite(weight) or weight <= 0:
            raise _unfit(f"the weight of {member['family']} is {weight!r}", "a number above 0")
        params = member.get("params")
        if params is None:
            params = found.get(member["family"], {})
        full = self.families[member["family"]].complete(params)
        return {"family": member["family"], "weight": float(weight), "params": full}

    def _fit(self, lesson: Lesson) -> Model:
        members = []
        for member in lesson.params["members"]:
            family = self.families[member["family"]]
            model = family.fit(
                lesson.X,
                lesson.y,
                params=member["params"],
                seed=lesson.seed,
                weights=lesson.weights,
                jobs=lesson.jobs,
            )
            members.append((family.name, member["weight"], model))
        return VotingModel(features=lesson.X.shape[1], mean=lesson.params["mean"], members=members)

    def suggest(self, trial: Any) -> Params:  # noqa: ARG002
        """Nothing: what the members are and weigh is for the settings to say."""
        return {}


def blend(scores: Sequence[Floats], weights: Sequence[float], *, mean: str) -> Floats:
    """The weighted mean of scores, each of shape ``(n,)``; ``SettingsError`` unless all weights are above 0.

    Before log-odds are taken, scores are kept ``SUREST`` away from 0 and 1, so that no member decides alone.

    >>> blend([np.array([0.25]), np.array([0.75])], [1.0, 3.0], mean="probability").tolist()
    [0.625]
    >>> blend([np.array([0.5]), np.array([0.9])], [1.0, 1.0], mean="log_odds").round(3).tolist()
    [0.75]
    """
    from scipy.special import expit, logit

    if not weights or not all(np.isfinite(weight) and weight > 0 for weight in weights) or mean not in MEANS:
        raise _unfit(f"weights {list(weights)}, mean {mean!r}", "at least one member, every weight above 0")
    total = np.zeros(len(scores[0]))
    for score, weight in zip(scores, weights, strict=True):
        total += weight * (score if mean == "probability" else logit(np.clip(score, SUREST, 1 - SUREST)))
    total /= float(sum(weights))
    return total if mean == "probability" else np.asarray(expit(total))


def _unfit(what: str, expected: str) -> SettingsError:
    return SettingsError(what, where="members of soft_voting", expected=expected)
