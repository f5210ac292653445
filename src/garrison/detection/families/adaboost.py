"""AdaBoost (Freund and Schapire 1997; SAMME by Zhu et al. 2009): a weighted vote of trees, each minding past errors."""

from typing import Any, ClassVar

import numpy as np

from garrison.detection.families import trees
from garrison.detection.families.base import Family, Floats, Lesson, Model, Params
from garrison.detection.families.tree_models import TreeModel
from garrison.detection.families.trees import Trees


class VoteOfTrees(TreeModel):
    """The log-odds are twice the weighted mean of the trees' votes of +1 and -1.

    So the probability lies between 0.12 and 0.88: it orders rows well, but is not calibrated.
    """

    def _score(self, X: Floats) -> Floats:
        from scipy.special import expit

        odds: Floats = expit(2 * self._total(X) / self.weights.sum())
        return odds


class AdaBoost(Family):
    """scikit-learn's AdaBoost of depth-limited trees."""

    name = "adaboost"
    model = VoteOfTrees
    libraries = ("scikit-learn",)
    defaults: ClassVar[Params] = {
        "trees": 60,
        "learning_rate": 0.5,
        "max_depth": 8,
        "min_samples_leaf": 1,
        "repeats": 0.3,
    }

    def _fit(self, lesson: Lesson) -> Model:
        from sklearn.ensemble import AdaBoostClassifier
        from sklearn.tree import DecisionTreeClassifier

        tree = DecisionTreeClassifier(
            max_depth=lesson.params["max_depth"], min_samples_leaf=lesson.params["min_samples_leaf"]
        )
        boosted = AdaBoostClassifier(
            tree,
            n_estimators=lesson.params["trees"],
            learning_rate=lesson.params["learning_rate"],
            random_state=lesson.seed,
        )
        with np.errstate(divide="ignore"):
            boosted.fit(lesson.X, lesson.y, sample_weight=lesson.weights)
        grown = Trees.of([each.tree_ for each in boosted.estimators_], value=_vote)
        counted = np.asarray(boosted.estimator_weights_[: len(grown.counts)], dtype=np.float64)
        return VoteOfTrees(features=lesson.X.shape[1], trees=grown, weights=counted, start=0.0)

    def suggest(self, trial: Any) -> Params:
        """Learning rate, number of trees and their depth."""
        return {
            "learning_rate": trial.suggest_float("learning_rate", 0.1, 2.0, log=True),
            "trees": trial.suggest_int("trees", 50, 300),
            "max_depth": trial.suggest_int("max_depth", 1, 10),
        }


def _vote(tree: Any) -> Floats:
    """At each node, +1 where more than half of the training weight is positive, else -1."""
    return np.where(trees.positive_share(tree) > 0.5, 1.0, -1.0)
