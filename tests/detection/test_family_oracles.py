"""Our tree models score as the libraries that grew the trees."""

from typing import Any

import numpy as np
import pytest
from sklearn import ensemble
from sklearn.tree import DecisionTreeClassifier

from garrison.detection import FAMILIES


def _reference(name: str, seed: int) -> Any:
    if name == "random_forest":
        return ensemble.RandomForestClassifier(30, max_features=0.2, random_state=seed)
    if name == "extra_trees":
        return ensemble.ExtraTreesClassifier(30, max_features=0.2, random_state=seed)
    if name == "gradient_boosting":
        return ensemble.GradientBoostingClassifier(
            n_estimators=30, max_depth=7, subsample=0.8, max_features=0.3, random_state=seed
        )
    if name == "hist_gradient_boosting":
        return ensemble.HistGradientBoostingClassifier(
            max_iter=30,
            learning_rate=0.05,
            max_leaf_nodes=63,
            max_features=0.5,
            early_stopping=False,
            random_state=seed,
        )
    tree = DecisionTreeClassifier(max_depth=8)
    return ensemble.AdaBoostClassifier(tree, n_estimators=30, learning_rate=0.5, random_state=seed)


@pytest.mark.parametrize(
    "name", ["random_forest", "extra_trees", "gradient_boosting", "hist_gradient_boosting", "adaboost"]
)
def test_trees_as_arrays_score_as_scikit_learn(name: str, data: Any) -> None:
    rng = np.random.default_rng(0)
    X = np.vstack([data.X[:, [0, 1, 4, 5]], rng.normal(size=(300, 4))])
    y = (X[:, 0] - X[:, 2] + rng.normal(size=len(X)) * 0.3) > 0
    fresh = rng.normal(size=(500, 4))
    params: dict[str, Any] = {"trees": 30, "repeats": 1.0}
    if name == "hist_gradient_boosting":
        params["min_samples_leaf"] = 20
    ours = FAMILIES[name].fit(X, y, params=params, seed=4).score(fresh)
    theirs = _reference(name, 4).fit(X, y).predict_proba(fresh)[:, 1]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)
