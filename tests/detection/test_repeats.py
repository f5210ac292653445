from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from garrison.detection import (
    FamilySpec,
    cross_validate,
    repeated_cross_validation,
    repeated_cross_validations,
)
from garrison.errors import SettingsError
from garrison.evaluation import metric

Quick = Callable[[str], dict[str, Any]]


def test_each_seed_is_a_cross_validation_of_its_own(data: Any) -> None:
    found = repeated_cross_validation(
        FamilySpec("logistic_regression"), data.X, data.y, data.groups, folds=3, seeds=(0, 1), metrics=["auc"]
    )
    alone = [
        cross_validate("logistic_regression", {}, data.X, data.y, data.groups, folds=3, seed=seed)
        for seed in (0, 1)
    ]
    assert found.per_seed["auc"] == tuple(one.means["auc"] for one in alone)
    assert found.pooled["auc"] == tuple(metric("auc")(data.y, one.out_of_fold) for one in alone)
    assert found.intervals["auc"].value == pytest.approx(np.mean(found.per_seed["auc"]))
    assert found.pooled_intervals["auc"].low <= found.pooled_intervals["auc"].high


def test_several_specs_and_processes_give_the_same(data: Any, quick: Quick) -> None:
    specs = [FamilySpec(name, quick(name)) for name in ("knn", "soft_voting")]
    both = [
        repeated_cross_validations(specs, data.X, data.y, data.groups, folds=2, seeds=[3, 4], jobs=jobs)
        for jobs in (1, 2)
    ]
    assert [one.to_dict() for one in both[0]] == [one.to_dict() for one in both[1]]
    assert [one.family for one in both[0]] == ["knn", "soft_voting"]


def test_one_seed_has_no_interval(data: Any) -> None:
    found = repeated_cross_validation(
        FamilySpec("knn"), data.X, data.y, data.groups, folds=2, seeds=[0], metrics=["auc"]
    )
    interval = found.intervals["auc"]
    assert interval.low == interval.value == interval.high


def test_no_seeds_are_refused(data: Any) -> None:
    with pytest.raises(SettingsError, match="nothing to repeat"):
        repeated_cross_validation(FamilySpec("knn"), data.X, data.y, data.groups, seeds=[])
