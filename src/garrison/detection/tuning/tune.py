"""Which parameters of a family are best? The one call of this room."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.detection.families import FAMILIES
from garrison.detection.families.base import Params, checked_rows
from garrison.detection.tuning.drive import drive
from garrison.detection.tuning.on_cluster import OnCluster
from garrison.detection.tuning.space import read_space
from garrison.detection.tuning.study import PRUNINGS, Pruning, Study
from garrison.detection.tuning.study_file import study_storage
from garrison.detection.tuning.tuned import Tuned, ranked
from garrison.detection.tuning.work import InProcesses, InThisProcess, Material, Work
from garrison.errors import DataError, ModelError, SettingsError
from garrison.evaluation import metric as metric_named
from garrison.spread import cluster_at_hand

Fold = tuple[NDArray[np.int64], NDArray[np.int64]]


def tune(
    family: str,
    X: ArrayLike,
    y: ArrayLike,
    *,
    folds: Sequence[Fold],
    space: Mapping[str, Mapping[str, Any]] | None = None,
    params: Mapping[str, Any] | None = None,
    trials: int = 30,
    workers: int = 1,
    metric: str = "auc",
    seed: int = 0,
    storage: Path | None = None,
    weights: ArrayLike | None = None,
    pruning: Pruning = "median",
) -> Tuned:
    """Search the parameters of ``family`` by Optuna's tree-structured Parzen estimator (Bergstra et al. 2011).

    ``X`` float64 ``(n, d)``, ``y`` bool ``(n,)``; each fold is a pair of (train, test) row numbers. The first trial
    has the family's defaults with ``params``, which are fixed, over them; the others are drawn from ``space`` (see
    ``read_space``). A trial's folds are fitted one after the other; with ``pruning`` ``median`` it ends when the
    mean of its folds so far is worse than the median of what complete trials had after as many.

    ``workers`` trials are made at a time, in as many processes, or by a cluster's workers where the call stands inside
    ``garrison.spread.on_cluster``.
    The study is kept in the file ``storage``; calling again with equal arguments goes on there, and what was being
    made when it stopped is made again. ``trials`` is their number in all. With one worker, equal arguments give equal
    results, however often the study was stopped on the way.

    Raises ``SettingsError`` for a family, parameter, metric or study that does not fit, before anything is fitted, and
    ``ModelError`` when no trial came to its end.

    >>> X = np.random.default_rng(0).normal(size=(120, 2))
    >>> halves = np.arange(60), np.arange(60, 120)
    >>> found = tune("knn", X, X[:, 0] > 0, folds=[halves, halves[::-1]], trials=3)
    >>> found.family, len(found.trials), found.value > 0.9
    ('knn', 3, True)
    """
    wanted = metric_named(metric)
    fixed = dict(params or {})
    drawn_from = read_space(family, space, fixed=fixed)
    if pruning not in PRUNINGS:
        raise SettingsError(f"there is no pruning {pruning!r}", expected="one of " + ", ".join(PRUNINGS))
    for name, number in (("trials", trials), ("workers", workers)):
        if number < 1:
            raise SettingsError(f"{name} is {number}", expected="1 or more")
    material = _material(family, fixed, X, y, weights, folds, wanted.name, seed)
    asked = {
        "family": family,
        "params": fixed,
        "space": drawn_from.to_dict(),
        "metric": wanted.name,
        "seed": seed,
        "pruning": pruning,
        "rows or folds": _digest(material),
    }
    with study_storage(storage) as kept:
        study = Study(
            kept,
            asked=asked,
            space=drawn_from,
            defaults=FAMILIES[family].complete(fixed),
            greater_is_better=wanted.greater_is_better,
            seed=seed,
            pruning=pruning,
            where=str(storage or "memory"),
        )
        if study.places_left(trials, running=()):
            work = _work(material, workers)
            try:
                drive(study, work, trials=trials, workers=workers, folds=len(folds))
            finally:
                work.end()
        return _found(study, family, wanted.name, fixed)


def _work(material: Material, workers: int) -> Work:
    cluster = cluster_at_hand()
    if cluster is not None:
        return OnCluster(material, cluster)
    return InThisProcess(material) if workers == 1 else InProcesses(material, workers)


def _material(
    family: str,
    params: Params,
    X: ArrayLike,
    y: ArrayLike,
    weights: ArrayLike | None,
    folds: Sequence[Fold],
    metric: str,
    seed: int,
) -> Material:
    rows, labels = checked_rows(X), np.asarray(y, dtype=np.bool_)
    if labels.shape != (len(rows),):
        raise DataError(f"{len(rows)} rows came with labels of shape {labels.shape}")
    counts = None if weights is None else np.asarray(weights, dtype=np.float64)
    if counts is not None and counts.shape != labels.shape:
        raise DataError(f"{len(rows)} rows came with weights of shape {counts.shape}")
    if counts is not None and not FAMILIES[family].weighted and np.ptp(counts) > 0:
        raise ModelError(f"{family} cannot weigh rows", remedy="use another family, or weights none")
    if not folds:
        raise DataError("there are no folds", expected="one or more pairs of row numbers")
    for number, (train, test) in enumerate(folds, start=1):
        for side, chosen in (("training", labels[train]), ("test", labels[test])):
            if not len(chosen) or chosen.all() or not chosen.any():
                raise DataError(
                    f"the {side} part of a fold lacks a class",
                    where=f"fold {number}, {len(chosen):,} rows",
                    expected="rows of both classes on both sides",
                    remedy="use more data or fewer folds",
                )
    kept = [(np.asarray(train, dtype=np.int64), np.asarray(test, dtype=np.int64)) for train, test in folds]
    return Material(family, params, rows, labels, counts, kept, metric, seed)


def _digest(material: Material) -> str:
    """What names the rows, labels, weights and folds."""
    digest = hashlib.sha256()
    arrays = [material.X, material.y, *(part for fold in material.folds for part in fold)]
    for array in arrays if material.weights is None else [*arrays, material.weights]:
        digest.update(f"{array.shape} {array.dtype.str};".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _found(study: Study, family: str, metric: str, fixed: Params) -> Tuned:
    tried = study.tried()
    best = next(iter(ranked(tried, metric)), None)
    if best is None or best.value is None:
        raise ModelError(
            f"none of {len(tried)} trials of {family} came to its end",
            where=tried[0].reason if tried else "",
            expected="parameters that the family takes",
            remedy="correct the search space or the data",
        )
    return Tuned(
        family=family,
        metric=metric,
        params=FAMILIES[family].complete({**fixed, **best.params}),
        value=best.value,
        trials=tried,
        importance=study.importance(),
    )
