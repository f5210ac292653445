"""The peer of ``benchmarks/phishing_run.py``: the same families in plain pandas and scikit-learn, and nothing else.

The estimators carry the parameters of Garrison's defaults. Each is cross-validated over five grouped folds on two
processes; the best by AUC is fitted on the training part and scores the test part. No store, no checks, no intervals,
no comparison, no saved model, no report, no tracking.
"""

import sys
from typing import Any

import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier


def one_hot(estimator: Any) -> Any:
    """The estimator on one-hot columns, as distances and sums need them."""
    return make_pipeline(OneHotEncoder(handle_unknown="ignore", sparse_output=False), estimator)


def candidates() -> dict[str, Any]:
    """Every estimator by name."""
    lightgbm = LGBMClassifier(
        n_estimators=500, learning_rate=0.05, num_leaves=63, subsample=0.8, subsample_freq=1,
        colsample_bytree=0.5, n_jobs=1, random_state=0, verbose=-1,
    )  # fmt: skip
    xgboost = XGBClassifier(
        n_estimators=600,
        learning_rate=0.05,
        max_depth=7,
        subsample=0.8,
        colsample_bytree=0.5,
        n_jobs=1,
        random_state=0,
    )
    forest = RandomForestClassifier(400, max_features=0.2, random_state=0)
    extra = ExtraTreesClassifier(400, max_features=0.3, random_state=0)
    mlp = one_hot(MLPClassifier((128, 64), alpha=0.1, max_iter=60, random_state=0))
    found = {f"logistic C={c}": one_hot(LogisticRegression(C=c, max_iter=1000)) for c in (0.1, 1.0, 10.0)}
    found |= {f"knn {k}": one_hot(KNeighborsClassifier(k, weights="distance")) for k in (5, 9, 15)}
    found |= {
        "random_forest": forest,
        "extra_trees": extra,
        "gradient_boosting": GradientBoostingClassifier(
            n_estimators=200, max_depth=7, subsample=0.8, max_features=0.3, random_state=0
        ),
        "hist_gradient_boosting": HistGradientBoostingClassifier(
            max_iter=300, learning_rate=0.05, max_leaf_nodes=63, max_features=0.5, random_state=0
        ),
        "adaboost": AdaBoostClassifier(
            DecisionTreeClassifier(max_depth=8), n_estimators=100, learning_rate=0.5
        ),
        "xgboost": xgboost,
        "lightgbm": lightgbm,
        "mlp": mlp,
        "soft_voting": VotingClassifier(
            [("l", lightgbm), ("x", xgboost), ("r", forest), ("e", extra), ("m", mlp)], voting="soft"
        ),
    }
    return found


def main() -> None:
    """Cross-validate, fit the best, score the test part."""
    frame = pd.read_csv(sys.argv[1])
    features = frame.columns[:-1]
    X = frame[features].to_numpy()
    y = (frame[frame.columns[-1]] == -1).to_numpy()
    groups = frame.groupby(list(features)).ngroup().to_numpy()
    train, test = next(GroupShuffleSplit(1, test_size=0.2, random_state=0).split(X, y, groups))
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    scores = {
        name: cross_val_score(
            estimator, X[train], y[train], groups=groups[train], cv=folds, scoring="roc_auc", n_jobs=2
        ).mean()
        for name, estimator in candidates().items()
    }
    best = max(scores, key=lambda name: scores[name])
    fitted = candidates()[best].fit(X[train], y[train])
    print(best, roc_auc_score(y[test], fitted.predict_proba(X[test])[:, 1]))


if __name__ == "__main__":
    main()
