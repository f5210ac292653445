"""Which family, with which parameters, is best? Grid or Optuna search with grouped cross-validation."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from numpy.typing import ArrayLike

from garrison.detection.crossval import METRICS, Candidate, CrossValidation, CrossValidator
from garrison.detection.families import FAMILIES, Family, Params
from garrison.detection.families.soft_voting import SoftVoting
from garrison.detection.leaderboard import Leaderboard
from garrison.detection.spec import FamilySpec
from garrison.detection.tuning.space import lies_in, suggested
from garrison.errors import SettingsError
from garrison.evaluation import metric as metric_named


def search(
    specs: Sequence[FamilySpec],
    X: ArrayLike,
    y: ArrayLike,
    groups: ArrayLike,
    *,
    method: Literal["grid", "optuna"] = "grid",
    metric: str = "auc",
    metrics: Sequence[str] = METRICS,
    folds: int = 5,
    seed: int = 0,
    weights: ArrayLike | None = None,
    jobs: int = 1,
) -> Leaderboard:
    """Cross-validate what ``specs`` ask for and order it by ``metric``; all candidates see the same folds.

    Votes come last: a member without parameters takes the best that this search found for its family, and members that
    were already cross-validated are not fitted again. Equal arguments give equal leaderboards, whatever ``jobs`` is.
    Raises ``SettingsError`` for a family, parameter or metric that is not known, before anything is fitted.

    >>> import numpy as np
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> specs = [FamilySpec("logistic_regression"), FamilySpec("knn", grid={"neighbours": [5]})]
    >>> search(specs, X, X[:, 0] + X[:, 1] > 0, np.arange(200), folds=3).best.family
    'logistic_regression'
    """
    _check(specs, method)
    wanted = tuple(dict.fromkeys([metric_named(metric).name, *metrics]))
    plain = [(spec, spec.candidates()) for spec in specs if spec.name != SoftVoting.name]
    votes = [(spec, spec.candidates()) for spec in specs if spec.name == SoftVoting.name]
    validator = CrossValidator(X, y, groups, folds=folds, seed=seed, weights=weights, jobs=jobs)
    if method == "grid":
        candidates = [Candidate.of(spec.name, params) for spec, grid in plain for params in grid]
        results = validator.run(_distinct(candidates), metrics=wanted)
    else:
        results = [
            found for spec, _ in plain for found in _draw(spec, validator, wanted, metric=metric, seed=seed)
        ]
    best = {row.family: row.params for row in Leaderboard.of(metric, results).best_of_each} if results else {}
    voting = [
        Candidate(spec.name, _voting().resolved(params, best)) for spec, grid in votes for params in grid
    ]
    results += validator.run(_distinct(voting), metrics=wanted)
    return Leaderboard.of(metric, results)


def _draw(
    spec: FamilySpec, validator: CrossValidator, metrics: Sequence[str], *, metric: str, seed: int
) -> list[CrossValidation]:
    """What Optuna's tree-structured Parzen estimator (Bergstra et al. 2011) finds; the family's defaults go first.

    The estimator learns how good the defaults are, by those of them that lie in the ranges it draws from. One trial
    follows the other and its folds run side by side, so that the draws do not depend on the jobs.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    family = FAMILIES[spec.name]
    found = validator.run([Candidate.of(spec.name, spec.params)], metrics=metrics)
    study = optuna.create_study(
        direction="maximize" if metric_named(metric).greater_is_better else "minimize",
        sampler=optuna.samplers.TPESampler(seed=seed),
    )
    study.add_trial(_first_trial(family, family.complete(spec.params), found[0].means[metric]))
    for _ in range(spec.trials - 1):
        trial = study.ask()
        drawn = {**family.suggest(trial), **spec.params}
        (result,) = validator.run([Candidate.of(spec.name, drawn)], metrics=metrics)
        study.tell(trial, result.means[metric])
        found.append(result)
    return found


def _first_trial(family: Family, params: Params, value: float) -> Any:
    """The trial of ``params``, which were not drawn, with those of them that could have been."""
    import optuna

    own = suggested(family)
    ranges = {name: each for name, each in own.items() if lies_in(each, params[name])}
    drawn = {name: params[name] for name in ranges}
    return optuna.trial.create_trial(params=drawn, distributions=ranges, value=value)


def _check(specs: Sequence[FamilySpec], method: str) -> None:
    if not specs:
        raise SettingsError("no family competes", expected="one or more of " + ", ".join(FAMILIES))
    if method not in ("grid", "optuna"):
        raise SettingsError(f"there is no search {method!r}", expected="grid or optuna")
    for spec in specs:
        if method == "optuna" and spec.trials < 1:
            raise SettingsError(f"{spec.name} has {spec.trials} trials", expected="one or more")


def _distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    return list({each.key: each for each in candidates}.values())


def _voting() -> SoftVoting:
    family: Any = FAMILIES[SoftVoting.name]
    if not isinstance(family, SoftVoting):
        raise SettingsError("soft_voting is another family")
    return family
