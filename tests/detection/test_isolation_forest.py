"""The isolation forest scores as scikit-learn's does, learns without labels, and needs none."""

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from garrison.detection import FAMILIES
from garrison.errors import DataError, ModelError

FAMILY = FAMILIES["isolation_forest"]


def traffic(rows: int = 1500) -> tuple[Any, Any]:
    """Rows of which a twentieth lies far outside, some as a dense block."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(rows, 5))
    y = np.arange(rows) % 20 == 0
    X[y] = X[y] * 0.3 + 5
    return X, y


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({}, {"max_samples": 256}),
        ({"samples": 700, "max_features": 0.6}, {"max_samples": 700, "max_features": 0.6}),
        ({"samples": 9_000, "bootstrap": True}, {"max_samples": 1500, "bootstrap": True}),
        ({"samples": 2, "max_features": 1}, {"max_samples": 2, "max_features": 1}),
    ],
)
def test_loaded_scores_are_those_of_scikit_learn(ours: Any, theirs: Any) -> None:
    X, _ = traffic()
    X[:300] = X[0]
    fresh = np.vstack([X, np.random.default_rng(1).normal(size=(500, 5)) * 3, np.full((1, 5), 1e300)])
    model = FAMILY.fit(X, None, params={"trees": 40, **ours}, seed=4)
    loaded = FAMILY.model.from_files(model.files())
    forest = IsolationForest(n_estimators=40, random_state=4, **theirs).fit(X)
    with np.errstate(over="ignore"):
        expected = -forest.score_samples(fresh[:-1])
    np.testing.assert_allclose(loaded.score(fresh)[:-1], expected, rtol=0, atol=1e-12)
    assert loaded.score(fresh).min() > 0
    assert loaded.score(fresh).max() <= 1


def test_labels_change_nothing_unless_asked_for() -> None:
    X, y = traffic()
    without = FAMILY.fit(X, None, seed=0)
    assert FAMILY.fit(X, y, seed=0).files() == without.files()
    assert FAMILY.fit(X, np.ones(len(X), dtype=bool), seed=0).files() == without.files()
    benign = FAMILY.fit(X, y, params={"benign_only": True}, seed=0)
    assert benign.files() == FAMILY.fit(X[~y], None, seed=0).files()


def test_attacks_that_lie_outside_are_found_better_from_benign_rows_alone() -> None:
    from garrison.evaluation import metric

    X, y = traffic()
    mixed, benign = (FAMILY.fit(X, y, params={"benign_only": only}, seed=0) for only in (False, True))
    assert metric("auc")(y, benign.score(X)) >= metric("auc")(y, mixed.score(X)) > 0.9
    assert metric("auc")(y, benign.score(X)) > 0.999


@pytest.mark.parametrize(
    "params", [{"samples": 1}, {"samples": 0.5}, {"trees": 0}, {"max_features": 7.0}, {"bootstrap": "yes"}]
)
def test_values_it_cannot_take_are_refused(params: Any) -> None:
    with pytest.raises(ModelError, match="isolation_forest cannot be trained"):
        FAMILY.fit(traffic()[0], None, params=params, seed=0)


def test_benign_rows_must_be_known_and_there() -> None:
    X, y = traffic(100)
    with pytest.raises(DataError, match="no labels") as found:
        FAMILY.fit(X, None, params={"benign_only": True}, seed=0)
    assert "benign_only" in found.value.remedy
    with pytest.raises(ModelError, match="0 rows to learn from"):
        FAMILY.fit(X, np.ones(100, dtype=bool), params={"benign_only": True}, seed=0)
    with pytest.raises(ModelError, match="cannot weigh"):
        FAMILY.fit(X, y, seed=0, weights=np.arange(100.0) + 1)
