"""How good a family is over several seeds: cross-validation repeated with other folds and other draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from garrison.detection.crossval import METRICS, Candidate, CrossValidator, fit_fold
from garrison.detection.families import Params
from garrison.detection.families.base import Floats
from garrison.detection.spec import FamilySpec
from garrison.errors import SettingsError
from garrison.evaluation import Interval, mean_interval, metric
from garrison.spread import run_all


@dataclass(frozen=True)
class RepeatedCrossValidation:
    """One value a seed of each metric: the mean over the folds, and that of the pooled out-of-fold scores.

    ``intervals`` is the mean of ``per_seed`` over the seeds with Student's t interval, ``pooled_intervals`` that of
    ``pooled``; of a single seed, both are the value alone.
    """

    family: str
    params: Params
    folds: int
    seeds: tuple[int, ...]
    per_seed: dict[str, tuple[float, ...]]
    pooled: dict[str, tuple[float, ...]]
    out_of_fold: tuple[Floats, ...] = field(repr=False)
    seconds: float = field(compare=False)

    @property
    def intervals(self) -> dict[str, Interval]:
        """Of each metric, the mean over seeds of the mean over folds."""
        return {name: _interval(name, values) for name, values in self.per_seed.items()}

    @property
    def pooled_intervals(self) -> dict[str, Interval]:
        """Of each metric, the mean over seeds of its value on all out-of-fold scores of a seed together."""
        return {name: _interval(name, values) for name, values in self.pooled.items()}

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON values, without times."""
        return {
            "family": self.family,
            "params": self.params,
            "folds": self.folds,
            "seeds": list(self.seeds),
            "per_seed": {name: list(values) for name, values in self.per_seed.items()},
            "pooled": {name: list(values) for name, values in self.pooled.items()},
        }


def repeated_cross_validation(
    spec: FamilySpec,
    X: ArrayLike,
    y: ArrayLike,
    groups: ArrayLike,
    *,
    folds: int = 5,
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    metrics: Sequence[str] = METRICS,
    weights: ArrayLike | None = None,
    jobs: int = 1,
) -> RepeatedCrossValidation:
    """How good is the family with the fixed parameters of ``spec``, over these seeds? Nothing is searched."""
    return repeated_cross_validations(
        [spec], X, y, groups, folds=folds, seeds=seeds, metrics=metrics, weights=weights, jobs=jobs
    )[0]


def repeated_cross_validations(
    specs: Sequence[FamilySpec],
    X: ArrayLike,
    y: ArrayLike,
    groups: ArrayLike,
    *,
    folds: int = 5,
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    metrics: Sequence[str] = METRICS,
    weights: ArrayLike | None = None,
    jobs: int = 1,
) -> list[RepeatedCrossValidation]:
    """As ``repeated_cross_validation`` for several specs; what a vote shares with other specs is fitted once."""
    if not seeds or not specs:
        raise SettingsError("nothing to repeat", expected="one or more families and seeds")
    wanted = [metric(name) for name in metrics]
    candidates = [Candidate.of(spec.name, spec.params) for spec in specs]
    members: Mapping[str, Candidate] = {each.key: each for one in candidates for _, each in one.members}
    validators = [
        CrossValidator(X, y, groups, folds=folds, seed=seed, weights=weights, jobs=jobs) for seed in seeds
    ]
    tasks = [validator.tasks(members) for validator in validators]
    flat = [task for each in tasks for task in each]
    title = f"cross-validating {len(seeds)} times"
    first = validators[0]
    results = iter(
        run_all(
            fit_fold,
            flat,
            shared=first.rows,
            jobs=jobs,
            title=title,
            anywhere=True,
            cells=first.X.size,
        )
    )
    for validator, each in zip(validators, tasks, strict=True):
        validator.take(members, [next(results) for _ in each])
    found = []
    for candidate in candidates:
        runs = [validator.run([candidate], metrics=metrics)[0] for validator in validators]
        labels = validators[0].y
        found.append(
            RepeatedCrossValidation(
                family=candidate.family,
                params=candidate.params,
                folds=folds,
                seeds=tuple(seeds),
                per_seed={one.name: tuple(run.means[one.name] for run in runs) for one in wanted},
                pooled={one.name: tuple(one(labels, run.out_of_fold) for run in runs) for one in wanted},
                out_of_fold=tuple(run.out_of_fold for run in runs),
                seconds=sum(run.seconds for run in runs),
            )
        )
    return found


def _interval(name: str, values: Sequence[float]) -> Interval:
    if len(values) > 1:
        return mean_interval(values, metric=name)
    return Interval(float(np.mean(values)), float(values[0]), float(values[0]), 0.95, "one seed")
