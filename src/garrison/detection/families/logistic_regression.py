"""Logistic regression: one weight a column, or a level of it; the yardstick every other family must beat."""

import warnings
from typing import Any, ClassVar

from garrison.detection.families.base import Family, Lesson, Model, Params
from garrison.detection.families.encoded_models import EncodedModel
from garrison.detection.families.encoding import Encoding


class LogisticModel(EncodedModel):
    """A fitted logistic regression over encoded columns."""

    trusted = ("sklearn.linear_model._logistic.LogisticRegression",)
    kept = ("classes_", "coef_", "intercept_", "n_features_in_")

    @classmethod
    def settings(cls, estimator: Any) -> dict[str, Any]:
        """The strength of the penalty, for the record."""
        return {"C": estimator.C}


class LogisticRegression(Family):
    """scikit-learn's logistic regression with an L2 penalty; ``C`` is its inverse strength."""

    name = "logistic_regression"
    model = LogisticModel
    libraries = ("scikit-learn", "skops")
    drawn = False
    scaled = True
    defaults: ClassVar[Params] = {
        "C": 1.0,
        "one_hot_levels": 10,
        "iterations": 1000,
        "repeats": 1.0,
    }
    grid: ClassVar[dict[str, list[Any]]] = {"C": [0.1, 1.0, 10.0]}

    def _fit(self, lesson: Lesson) -> Model:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression as Estimator

        encoding = Encoding.of(lesson.X, most_levels=lesson.params["one_hot_levels"])
        estimator = Estimator(
            C=lesson.params["C"], max_iter=lesson.params["iterations"], random_state=lesson.seed
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            estimator.fit(encoding.apply(lesson.X), lesson.y, sample_weight=lesson.weights)
        return LogisticModel(encoding=encoding, estimators=[LogisticModel.stripped(estimator)])

    def suggest(self, trial: Any) -> Params:
        """The strength of the penalty."""
        return {"C": trial.suggest_float("C", 1e-3, 1e3, log=True)}
