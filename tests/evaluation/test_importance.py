"""Permutation importance against scikit-learn and against what is known of the model."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.inspection import permutation_importance as peer
from sklearn.linear_model import LogisticRegression

from garrison.errors import DataError
from garrison.evaluation import permutation_importance

Floats = NDArray[np.float64]


def data(rows: int = 400) -> tuple[Floats, NDArray[np.bool_]]:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(rows, 3))
    return X, X @ [2.0, 0.0, 0.7] + generator.normal(size=rows) * 0.3 > 0


def score(X: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-(X @ [2.0, 0.0, 0.7]))))


def test_features_come_in_order_and_an_unused_one_counts_nothing() -> None:
    X, y = data()
    before = X.copy()
    found = permutation_importance(score, X, y, metric="auc", names=["a", "b", "c"], seed=1)
    assert [each.name for each in found] == ["a", "c", "b"]
    assert (found[2].mean, found[2].low, found[2].high) == (0, 0, 0)
    turned = permutation_importance(score, X, y, metric="auc", names=["c", "b", "a"], seed=1)
    assert [each.name for each in turned] == ["c", "a", "b"], "by what they are worth, not by name"
    assert found[1].low > 0
    assert (before == X).all()


def test_it_agrees_with_scikit_learn() -> None:
    X, y = data()
    model = LogisticRegression().fit(X, y)
    theirs = peer(model, X, y, scoring="roc_auc", n_repeats=20, random_state=0).importances_mean
    ours = permutation_importance(
        lambda X: model.predict_proba(X)[:, 1], X, y, metric="auc", names=["0", "1", "2"], repeats=20
    )
    for each in ours:
        assert each.mean == pytest.approx(theirs[int(each.name)], abs=0.02)


def test_a_metric_of_which_less_is_better_turns_the_sign() -> None:
    X, y = data()
    found = permutation_importance(score, X, y, metric="log_loss", names=["a", "b", "c"])
    assert found[0].name == "a"
    assert found[0].low > 0


def test_equal_seeds_give_equal_importances() -> None:
    X, y = data()
    runs = [permutation_importance(score, X, y, metric="auc", names=list("abc"), seed=s) for s in (4, 4, 5)]
    assert runs[0] == runs[1] != runs[2]


def test_wrong_arguments_are_refused() -> None:
    X, y = data()
    with pytest.raises(DataError, match="features have shape"):
        permutation_importance(score, X, y, metric="auc", names=["a"])
    with pytest.raises(DataError, match="repeats"):
        permutation_importance(score, X, y, metric="auc", names=list("abc"), repeats=1)
