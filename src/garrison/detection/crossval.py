"""How good a family is on rows it has not seen: cross-validation in which no group stands on both sides of a fold."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.data.splits import grouped_folds
from garrison.detection.families import FAMILIES, Params
from garrison.detection.families.base import Bools, Floats, checked_rows
from garrison.detection.families.soft_voting import blend
from garrison.errors import DataError
from garrison.evaluation import Interval, mean_interval, metric
from garrison.files import canonical_json
from garrison.spread import run_all

Indices = NDArray[np.int64]
Folds = list[tuple[Indices, Indices]]

METRICS = ("accuracy", "auc", "recall@fpr=0.01", "f1")


@dataclass(frozen=True)
class Candidate:
    """A family with its parameters, all of them written out."""

    family: str
    params: Params

    @classmethod
    def of(cls, family: str, params: Mapping[str, Any]) -> "Candidate":
        """The candidate whose parameters are the family's defaults with ``params`` over them."""
        return cls(family, FAMILIES[family].complete(params))

    @property
    def key(self) -> str:
        """Equal for candidates that would fit equal models."""
        return canonical_json([self.family, self.params])

    @property
    def members(self) -> list[tuple[float, "Candidate"]]:
        """What has to be fitted for it, with weights: itself, or the members of a vote."""
        if "members" not in self.params:
            return [(1.0, self)]
        return [
            (each["weight"], Candidate(each["family"], each["params"])) for each in self.params["members"]
        ]


@dataclass(frozen=True)
class OutOfFold:
    """Scores ``(n,)`` of each row by the model that had not seen its group, and the seconds the fits took."""

    scores: Floats
    seconds: float


@dataclass(frozen=True)
class CrossValidation:
    """How one candidate did: each metric on each fold, and the out-of-fold score of each row, shape ``(n,)``."""

    family: str
    params: Params
    fold_values: dict[str, tuple[float, ...]]
    out_of_fold: Floats = field(repr=False)
    seconds: float = field(compare=False)

    def interval(self, name: str) -> Interval:
        """The mean of a metric over the folds, with Student's t interval."""
        return mean_interval(self.fold_values[name], metric=name)

    @property
    def means(self) -> dict[str, float]:
        """The mean of each metric over the folds."""
        return {name: float(np.mean(values)) for name, values in self.fold_values.items()}


class CrossValidator:
    """Cross-validates candidates on the same rows and folds; what was fitted once is not fitted again.

    ``X`` float64 ``(n, d)``, ``y`` bool ``(n,)``, ``groups`` int ``(n,)``; ``seed`` draws the folds and is each model's
    seed. A vote is computed from its members' out-of-fold scores, which are what the members would give again.
    """

    def __init__(
        self,
        X: ArrayLike,
        y: ArrayLike,
        groups: ArrayLike,
        *,
        folds: int,
        seed: int,
        weights: ArrayLike | None = None,
        jobs: int = 1,
    ) -> None:
        self.X, self.y = checked_rows(X), np.asarray(y, dtype=np.bool_)
        if self.y.shape != (len(self.X),):
            raise DataError(f"{len(self.X)} rows came with labels of shape {self.y.shape}")
        self.weights = None if weights is None else np.asarray(weights, dtype=np.float64)
        self.rows = (self.X, self.y, self.weights)
        self.seed, self.jobs = seed, jobs
        self.folds: Folds = grouped_folds(self.y, np.asarray(groups), folds=folds, seed=seed)
        self._known: dict[str, OutOfFold] = {}

    def run(self, candidates: Sequence[Candidate], *, metrics: Sequence[str]) -> list[CrossValidation]:
        """One result a candidate, in their order."""
        wanted = [metric(name) for name in metrics]
        self._fit({member.key: member for each in candidates for _, member in each.members})
        return [self._result(each, wanted) for each in candidates]

    def _fit(self, members: Mapping[str, Candidate]) -> None:
        missing = {key: member for key, member in members.items() if key not in self._known}
        results = run_all(
            fit_fold,
            self.tasks(missing),
            shared=self.rows,
            jobs=self.jobs,
            title="cross-validating",
            anywhere=True,
            cells=self.X.size,
        )
        self.take(missing, results)

    def tasks(self, members: Mapping[str, Candidate]) -> list[tuple[Any, ...]]:
        """The arguments of ``fit_fold``, but the rows, for every fold of every member."""
        return [(each, train, test, self.seed) for train, test in self.folds for each in members.values()]

    def take(self, members: Mapping[str, Candidate], results: Sequence[OutOfFold]) -> None:
        """Keep what the tasks of these members gave, in the order of the tasks."""
        for number, key in enumerate(members):
            scores, seconds = np.full(len(self.X), np.nan), 0.0
            for (_, test), part in zip(self.folds, results[number :: len(members)], strict=True):
                scores[test] = part.scores
                seconds += part.seconds
            self._known[key] = OutOfFold(scores, seconds)

    def _result(self, candidate: Candidate, wanted: Sequence[Any]) -> CrossValidation:
        parts = [(weight, self._known[member.key]) for weight, member in candidate.members]
        scores = parts[0][1].scores
        if "members" in candidate.params:
            members, votes = [part.scores for _, part in parts], [weight for weight, _ in parts]
            scores = np.clip(blend(members, votes, mean=candidate.params["mean"]), 0.0, 1.0)
        return CrossValidation(
            family=candidate.family,
            params=candidate.params,
            fold_values={
                each.name: tuple(each(self.y[test], scores[test]) for _, test in self.folds)
                for each in wanted
            },
            out_of_fold=scores,
            seconds=sum(part.seconds for _, part in parts),
        )


def fit_fold(
    candidate: Candidate,
    train: Indices,
    test: Indices,
    seed: int,
    X: Floats,
    y: Bools,
    weights: Floats | None,
) -> OutOfFold:
    """Fit on the rows ``train``, score the rows ``test``; one thread."""
    started = time.perf_counter()
    own = None if weights is None else weights[train]
    model = FAMILIES[candidate.family].fit(
        X[train], y[train], params=candidate.params, seed=seed, weights=own
    )
    return OutOfFold(model.score(X[test]), time.perf_counter() - started)


def cross_validate(
    family: str,
    params: Mapping[str, Any],
    X: ArrayLike,
    y: ArrayLike,
    groups: ArrayLike,
    *,
    folds: int = 5,
    seed: int = 0,
    metrics: Sequence[str] = METRICS,
    weights: ArrayLike | None = None,
    jobs: int = 1,
) -> CrossValidation:
    """How good is this family with these parameters? Metrics that need a threshold take 0.5.

    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 2))
    >>> found = cross_validate("logistic_regression", {}, X, X[:, 0] > 0, np.arange(200), folds=3)
    >>> found.means["auc"] > 0.95
    True
    """
    validator = CrossValidator(X, y, groups, folds=folds, seed=seed, weights=weights, jobs=jobs)
    return validator.run([Candidate.of(family, params)], metrics=metrics)[0]
