"""XGBoost (Chen and Guestrin 2016): boosted trees with second-order steps and shrinkage."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from garrison.detection.families.base import Family, Files, Floats, Lesson, Model, Params
from garrison.detection.families.directions import FREE, MONOTONE, directions
from garrison.detection.families.validation_part import PARAMETERS, split_lesson
from garrison.detection.families.xgboost_json import checked_json

FILE = "model.json"


@dataclass(frozen=True)
class XGBoostModel(Model):
    """A booster, saved in XGBoost's own JSON, which is checked before XGBoost reads it."""

    row_by_row: ClassVar[bool] = True

    features: int
    booster: Any

    def _score(self, X: Floats) -> Floats:
        return np.asarray(self.booster.inplace_predict(X), dtype=np.float64)

    def files(self) -> Files:
        """One file in the form of XGBoost itself."""
        return {FILE: bytes(self.booster.save_raw("json"))}

    @classmethod
    def _from_files(cls, files: Mapping[str, bytes]) -> Self:
        import xgboost

        content = checked_json(files[FILE])
        booster = xgboost.Booster({"nthread": 1})
        booster.load_model(bytearray(content))
        return cls(features=booster.num_features(), booster=booster)


class XGBoost(Family):
    """XGBoost on histograms, one thread: its sums, and so its trees, do not depend on the machine's cores.

    With ``early_stopping``, ``trees`` is the most there may be; those after the best log loss are cut off.
    """

    name = "xgboost"
    model = XGBoostModel
    libraries = ("xgboost-cpu",)
    defaults: ClassVar[Params] = {
        "trees": 400,
        "learning_rate": 0.05,
        "max_depth": 8,
        "min_child_weight": 1.0,
        "subsample": 0.8,
        "colsample_bytree": 0.5,
        "reg_lambda": 1.0,
        "reg_alpha": 0.0,
        "gamma": 0.0,
        "repeats": 0.3,
        **PARAMETERS,
        **FREE,
    }

    def _fit(self, lesson: Lesson) -> Model:
        import xgboost

        own = ("trees", "learning_rate", MONOTONE, *PARAMETERS)
        settings = {key: value for key, value in lesson.params.items() if key not in own}
        settings |= {
            "objective": "binary:logistic",
            "tree_method": "hist",
            "eta": lesson.params["learning_rate"],
            "seed": lesson.seed,
            "nthread": 1,
            "verbosity": 0,
        }
        if lesson.params[MONOTONE]:
            settings["monotone_constraints"] = tuple(directions(lesson))
        learnt, aside = split_lesson(lesson)
        if aside is None:
            booster = xgboost.train(settings, _matrix(learnt), num_boost_round=lesson.params["trees"])
        else:
            booster = xgboost.train(
                settings | {"eval_metric": "logloss"},
                _matrix(learnt),
                num_boost_round=lesson.params["trees"],
                evals=[(_matrix(aside), "aside")],
                early_stopping_rounds=lesson.params["early_stopping"],
                verbose_eval=False,
            )
            booster = booster[: booster.best_iteration + 1]
        return XGBoostModel(features=lesson.X.shape[1], booster=booster)

    def suggest(self, trial: Any) -> Params:
        """Learning rate, depth, leaf weight, shares of rows and features, and shrinkage."""
        return {
            "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.2, log=True),
            "max_depth": trial.suggest_int("max_depth", 4, 10),
            "min_child_weight": trial.suggest_float("min_child_weight", 0.5, 10.0, log=True),
            "subsample": trial.suggest_float("subsample", 0.5, 1.0),
            "colsample_bytree": trial.suggest_float("colsample_bytree", 0.3, 1.0),
            "reg_lambda": trial.suggest_float("reg_lambda", 0.1, 10.0, log=True),
        }


def _matrix(lesson: Lesson) -> Any:
    import xgboost

    return xgboost.DMatrix(lesson.X, label=lesson.y.astype(np.float64), weight=lesson.weights, nthread=1)
