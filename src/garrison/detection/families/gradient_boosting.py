"""Gradient boosting (Friedman 2001): small trees, each one fitted to what those before it got wrong."""

from typing import Any, ClassVar

import numpy as np

from garrison.detection.families import trees
from garrison.detection.families.base import Family, Lesson, Model, Params
from garrison.detection.families.tree_models import LogOddsOfTrees
from garrison.detection.families.trees import Trees


class GradientBoosting(Family):
    """scikit-learn's gradient boosting with exact splits; slow on large data, where the histogram form serves."""

    name = "gradient_boosting"
    model = LogOddsOfTrees
    libraries = ("scikit-learn",)
    defaults: ClassVar[Params] = {
        "trees": 150,
        "learning_rate": 0.1,
        "max_depth": 7,
        "min_samples_leaf": 1,
        "subsample": 0.8,
        "max_features": 0.3,
        "repeats": 0.3,
    }

    def _fit(self, lesson: Lesson) -> Model:
        from sklearn.ensemble import GradientBoostingClassifier

        settings = {key: value for key, value in lesson.params.items() if key != "trees"}
        boosted = GradientBoostingClassifier(
            n_estimators=lesson.params["trees"], random_state=lesson.seed, **settings
        )
        boosted.fit(lesson.X, lesson.y, sample_weight=lesson.weights)
        grown = Trees.of([tree.tree_ for tree in boosted.estimators_[:, 0]], value=trees.leaf_value)
        share = float(boosted.init_.class_prior_[1])
        return LogOddsOfTrees(
            features=lesson.X.shape[1],
            trees=grown,
            weights=np.full(len(grown.counts), float(lesson.params["learning_rate"])),
            start=float(np.log(share / (1 - share))),
        )

    def suggest(self, trial: Any) -> Params:
        """Learning rate, depth, and the shares of rows and features a tree sees."""
        return {
            "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.3, log=True),
            "max_depth": trial.suggest_int("max_depth", 3, 9),
            "subsample": trial.suggest_float("subsample", 0.5, 1.0),
            "max_features": trial.suggest_float("max_features", 0.1, 1.0),
        }
