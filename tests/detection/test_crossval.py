from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from garrison.data.splits import grouped_folds
from garrison.detection import FAMILIES, cross_validate
from garrison.detection.crossval import Candidate, CrossValidator
from garrison.errors import DataError, SettingsError
from garrison.evaluation import metric

Quick = Callable[[str], dict[str, Any]]


def test_it_is_what_fitting_fold_by_fold_gives(data: Any, quick: Quick) -> None:
    found = cross_validate(
        "xgboost", quick("xgboost"), data.X, data.y, data.groups, folds=3, seed=4, metrics=["auc", "f1"]
    )
    by_hand = np.zeros(len(data.y))
    aucs = []
    for train, test in grouped_folds(data.y, data.groups, folds=3, seed=4):
        assert not set(data.groups[train]) & set(data.groups[test])
        model = FAMILIES["xgboost"].fit(data.X[train], data.y[train], params=quick("xgboost"), seed=4)
        by_hand[test] = model.score(data.X[test])
        aucs.append(metric("auc")(data.y[test], by_hand[test]))
    assert found.out_of_fold.tobytes() == by_hand.tobytes()
    assert found.fold_values["auc"] == tuple(aucs)
    assert found.means["auc"] == pytest.approx(np.mean(aucs))
    assert found.interval("auc").low < found.means["auc"] < found.interval("auc").high


def test_a_vote_from_members_already_scored_is_what_fitting_it_gives(data: Any, quick: Quick) -> None:
    vote = Candidate.of("soft_voting", quick("soft_voting"))
    validator = CrossValidator(data.X, data.y, data.groups, folds=3, seed=1)
    result = validator.run([vote], metrics=["auc"])[0]
    by_hand = np.zeros(len(data.y))
    for train, test in validator.folds:
        model = FAMILIES["soft_voting"].fit(data.X[train], data.y[train], params=vote.params, seed=1)
        by_hand[test] = model.score(data.X[test])
    assert result.out_of_fold.tobytes() == by_hand.tobytes()


def test_weights_reach_the_fits(data: Any, quick: Quick) -> None:
    scores = [
        cross_validate(
            "logistic_regression", {}, data.X, data.y, data.groups, folds=3, weights=weights
        ).out_of_fold
        for weights in (None, np.where(data.y, 9.0, 1.0))
    ]
    assert scores[1].mean() > scores[0].mean() + 0.02


def test_what_cannot_be_validated_is_refused(data: Any) -> None:
    with pytest.raises(SettingsError, match="no metric"):
        cross_validate("knn", {}, data.X, data.y, data.groups, metrics=["area"])
    with pytest.raises(SettingsError, match="no family"):
        cross_validate("knm", {}, data.X, data.y, data.groups)
    with pytest.raises(DataError):
        cross_validate("knn", {}, data.X, data.y[:5], data.groups)
    with pytest.raises(DataError):
        cross_validate("knn", {}, data.X, data.y, data.groups, folds=1)
