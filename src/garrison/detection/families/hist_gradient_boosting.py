"""Gradient boosting on histograms of the features: fast on many rows (after LightGBM, Ke et al. 2017)."""

from typing import Any, ClassVar

import numpy as np

from garrison.detection.families.base import Family, Floats, Lesson, Model, Params
from garrison.detection.families.directions import FREE, MONOTONE, directions
from garrison.detection.families.tree_models import LogOddsOfTrees
from garrison.detection.families.trees import Trees
from garrison.detection.families.validation_part import PARAMETERS, split_lesson


class LogOddsOfHistogramTrees(LogOddsOfTrees):
    """Boosted trees whose split points are float64, as histogram boosting finds them."""

    def _compile(self) -> list[Any]:
        return self.trees.compiled_for_histograms()

    def _total(self, X: Floats) -> Floats:
        no_categories = np.zeros((0, 8), dtype=np.uint32)
        no_map = np.zeros(self.features, dtype=np.uint32)
        total = np.full(len(X), self.start)
        for weight, tree in zip(self.weights, self._compiled, strict=True):
            total += weight * tree.predict(X, no_categories, no_map, 1)
        return total


class HistGradientBoosting(Family):
    """scikit-learn's histogram gradient boosting.

    With ``early_stopping``, ``trees`` is the most there may be; those after the best log loss are cut off.
    """

    name = "hist_gradient_boosting"
    model = LogOddsOfHistogramTrees
    libraries = ("scikit-learn",)
    defaults: ClassVar[Params] = {
        "trees": 200,
        "learning_rate": 0.05,
        "max_leaf_nodes": 63,
        "max_depth": None,
        "min_samples_leaf": 12,
        "l2_regularization": 0.0,
        "max_features": 0.5,
        "repeats": 0.0,
        **PARAMETERS,
        **FREE,
    }

    def _fit(self, lesson: Lesson) -> Model:
        from sklearn.ensemble import HistGradientBoostingClassifier

        own = ("trees", MONOTONE, *PARAMETERS)
        settings = {key: value for key, value in lesson.params.items() if key not in own}
        settings |= {"max_iter": lesson.params["trees"], "random_state": lesson.seed}
        if lesson.params[MONOTONE]:
            settings["monotonic_cst"] = directions(lesson)
        learnt, aside = split_lesson(lesson)
        if aside is None:
            boosted = HistGradientBoostingClassifier(early_stopping=False, **settings)
            boosted.fit(learnt.X, learnt.y, sample_weight=learnt.weights)
            grown = boosted._predictors
        else:
            boosted = HistGradientBoostingClassifier(
                early_stopping=True,
                scoring="loss",
                n_iter_no_change=lesson.params["early_stopping"],
                tol=0.0,
                **settings,
            )
            boosted.fit(
                learnt.X,
                learnt.y,
                sample_weight=learnt.weights,
                X_val=aside.X,
                y_val=aside.y,
                sample_weight_val=aside.weights,
            )
            grown = boosted._predictors[: max(int(np.argmax(boosted.validation_score_)), 1)]
        trees = Trees.join([_nodes(predictor.nodes) for (predictor,) in grown])
        return LogOddsOfHistogramTrees(
            features=lesson.X.shape[1],
            trees=trees,
            weights=np.ones(len(trees.counts)),
            start=float(np.ravel(boosted._baseline_prediction)[0]),
        )

    def suggest(self, trial: Any) -> Params:
        """Learning rate, leaves, least rows in a leaf and shrinkage."""
        return {
            "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.3, log=True),
            "max_leaf_nodes": trial.suggest_int("max_leaf_nodes", 15, 127),
            "min_samples_leaf": trial.suggest_int("min_samples_leaf", 5, 50),
            "l2_regularization": trial.suggest_float("l2_regularization", 1e-6, 10.0, log=True),
            "max_features": trial.suggest_float("max_features", 0.2, 1.0),
        }


def _nodes(nodes: Any) -> dict[str, Any]:
    """The columns of one tree; its leaves are marked by a child of -1."""
    leaf = nodes["is_leaf"].astype(bool)
    return {
        "left": np.where(leaf, -1, nodes["left"].astype(np.int64)),
        "right": np.where(leaf, -1, nodes["right"].astype(np.int64)),
        "feature": nodes["feature_idx"],
        "threshold": nodes["num_threshold"],
        "value": nodes["value"],
    }
