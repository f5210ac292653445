"""Extremely randomised trees (Geurts, Ernst and Wehenkel 2006): a forest whose split points are drawn at random."""

from typing import Any, ClassVar

from garrison.detection.families.base import Params
from garrison.detection.families.random_forest import RandomForest


class ExtraTrees(RandomForest):
    """scikit-learn's extra trees; ``max_features`` is a share of the features."""

    name = "extra_trees"
    defaults: ClassVar[Params] = {
        "trees": 250,
        "criterion": "gini",
        "max_depth": None,
        "min_samples_leaf": 1,
        "max_features": 0.2,
        "bootstrap": False,
        "repeats": 1.0,
    }

    def _estimator(self, settings: Params) -> Any:
        from sklearn.ensemble import ExtraTreesClassifier

        return ExtraTreesClassifier(**settings)
