"""Isolation forest (Liu, Ting and Zhou 2008): rows that random splits set apart quickly are unusual.

It needs no labels. Where they are there, ``benign_only`` learns from the benign rows alone, so that what is usual is
not learnt from attacks.
"""

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from garrison.detection.families.base import Family, Floats, Lesson, Model, Params
from garrison.detection.families.tree_models import TreeModel
from garrison.detection.families.trees import Trees


class IsolationTrees(TreeModel):
    """The anomaly score ``2 ** (-E[h(x)] / c(n))``: near 1 is unusual, well below 0.5 is usual.

    A leaf's value is ``h``, the length of the path to it; each tree's weight is its part of the mean over ``c(n)``.
    It orders rows, but is no probability.
    """

    def _score(self, X: Floats) -> Floats:
        return np.asarray(np.exp2(-self._total(X)))


class IsolationForest(Family):
    """scikit-learn's isolation forest; each tree sees ``samples`` rows and a share ``max_features`` of the features."""

    name = "isolation_forest"
    model = IsolationTrees
    libraries = ("scikit-learn",)
    supervised = False
    weighted = False
    defaults: ClassVar[Params] = {
        "trees": 200,
        "samples": 256,
        "max_features": 1.0,
        "bootstrap": False,
        "benign_only": False,
    }
    grid: ClassVar[dict[str, list[Any]]] = {"samples": [256, 1024]}

    def _fit(self, lesson: Lesson) -> Model:
        from sklearn.ensemble import IsolationForest as Forest

        if lesson.params["benign_only"]:
            lesson = replace(lesson, X=lesson.X[~lesson.y], y=lesson.y[~lesson.y])
        samples = lesson.params["samples"]
        if isinstance(samples, bool) or not isinstance(samples, int) or samples < 2:
            raise ValueError(f"samples is {samples!r}, not a number of rows from 2")
        if len(lesson.X) < 2:
            raise ValueError(f"{len(lesson.X)} rows to learn from, not 2 or more")
        forest = Forest(
            n_estimators=lesson.params["trees"],
            max_samples=min(samples, len(lesson.X)),
            max_features=lesson.params["max_features"],
            bootstrap=lesson.params["bootstrap"],
            random_state=lesson.seed,
            n_jobs=lesson.jobs,
        ).fit(lesson.X)
        trees = Trees.join(
            [
                _nodes(tree.tree_, features)
                for tree, features in zip(forest.estimators_, forest.estimators_features_, strict=True)
            ]
        )
        usual = float(usual_path(np.array([forest.max_samples_]))[0])
        each = np.full(len(trees.counts), 1.0 / (len(trees.counts) * usual))
        return IsolationTrees(features=lesson.X.shape[1], trees=trees, weights=each, start=0.0)

    def suggest(self, trial: Any) -> Params:
        """Rows a tree sees, and the share of features."""
        return {
            "samples": trial.suggest_int("samples", 64, 2048, log=True),
            "max_features": trial.suggest_float("max_features", 0.2, 1.0),
        }


def usual_path(rows: Any) -> Floats:
    """``c(n)``, equation 1 of the paper: the mean path of an unsuccessful search in a binary tree of ``n`` rows.

    >>> usual_path(np.array([1, 2, 256])).round(3).tolist()
    [0.0, 1.0, 10.245]
    """
    n = np.maximum(np.asarray(rows, dtype=np.float64), 1.0)
    with np.errstate(divide="ignore"):
        many = 2.0 * (np.log(n - 1.0) + np.euler_gamma) - 2.0 * (n - 1.0) / n
    return np.asarray(np.where(n <= 1, 0.0, np.where(n <= 2, 1.0, many)))


def _nodes(tree: Any, features: Any) -> dict[str, Any]:
    """The columns of one tree: path lengths as values, and features numbered as they are in a whole row."""
    inner = tree.children_left >= 0
    return {
        "left": tree.children_left,
        "right": tree.children_right,
        "feature": np.where(inner, features[np.maximum(tree.feature, 0)], 0),
        "threshold": tree.threshold,
        "value": tree.compute_node_depths() - 1.0 + usual_path(tree.n_node_samples),
    }
