"""Random forest (Breiman 2001): the mean of trees grown on bootstrap samples with a few features tried a split."""

from typing import Any, ClassVar

import numpy as np

from garrison.detection.families import trees
from garrison.detection.families.base import Family, Lesson, Model, Params
from garrison.detection.families.tree_models import MeanOfTrees
from garrison.detection.families.trees import Trees


class RandomForest(Family):
    """scikit-learn's random forest; ``max_features`` is a share of the features."""

    name = "random_forest"
    model = MeanOfTrees
    libraries = ("scikit-learn",)
    defaults: ClassVar[Params] = {
        "trees": 200,
        "criterion": "gini",
        "max_depth": None,
        "min_samples_leaf": 1,
        "max_features": 0.2,
        "bootstrap": True,
        "repeats": 1.0,
    }

    def _estimator(self, settings: Params) -> Any:
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(**settings)

    def _fit(self, lesson: Lesson) -> Model:
        settings = {key: value for key, value in lesson.params.items() if key != "trees"}
        settings |= {
            "n_estimators": lesson.params["trees"],
            "random_state": lesson.seed,
            "n_jobs": lesson.jobs,
        }
        forest = self._estimator(settings).fit(lesson.X, lesson.y, sample_weight=lesson.weights)
        grown = Trees.of([tree.tree_ for tree in forest.estimators_], value=trees.positive_share)
        return MeanOfTrees(
            features=lesson.X.shape[1], trees=grown, weights=np.ones(len(grown.counts)), start=0.0
        )

    def suggest(self, trial: Any) -> Params:
        """Share of features, least rows in a leaf and split criterion."""
        return {
            "max_features": trial.suggest_float("max_features", 0.1, 1.0),
            "min_samples_leaf": trial.suggest_int("min_samples_leaf", 1, 10),
            "criterion": trial.suggest_categorical("criterion", ["gini", "entropy"]),
        }
