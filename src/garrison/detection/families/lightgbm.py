"""LightGBM (Ke et al. 2017): boosted trees grown leaf by leaf on histograms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from garrison.detection.families.base import Family, Files, Floats, Lesson, Model, Params
from garrison.detection.families.directions import FREE, MONOTONE, directions
from garrison.detection.families.lightgbm_text import END_OF_TREES, check_text
from garrison.detection.families.validation_part import PARAMETERS, split_lesson

FILE = "model.txt"


@dataclass(frozen=True)
class LightGBMModel(Model):
    """A booster, saved as LightGBM's own text up to its last tree.

    What follows there are the training parameters, which a scorer does not need.
    """

    row_by_row: ClassVar[bool] = True

    features: int
    booster: Any

    def _score(self, X: Floats) -> Floats:
        return np.asarray(self.booster.predict(X, num_threads=1), dtype=np.float64)

    def files(self) -> Files:
        """One file in the form of LightGBM itself."""
        trees, _, _ = self.booster.model_to_string().partition(END_OF_TREES)
        return {FILE: (trees + END_OF_TREES).encode()}

    @classmethod
    def _from_files(cls, files: Mapping[str, bytes]) -> Self:
        import lightgbm

        text = files[FILE].decode()
        check_text(text)
        booster = lightgbm.Booster(model_str=text)
        return cls(features=booster.num_feature(), booster=booster)


class LightGBM(Family):
    """LightGBM in its deterministic mode, row by row.

    With ``early_stopping``, ``trees`` is the most there may be; those after the best log loss are not kept.
    """

    name = "lightgbm"
    model = LightGBMModel
    libraries = ("lightgbm",)
    defaults: ClassVar[Params] = {
        "trees": 400,
        "learning_rate": 0.05,
        "leaves": 63,
        "min_child_samples": 12,
        "subsample": 0.8,
        "colsample_bytree": 0.5,
        "reg_lambda": 0.0,
        "reg_alpha": 0.0,
        "repeats": 0.0,
        **PARAMETERS,
        **FREE,
    }

    def _fit(self, lesson: Lesson) -> Model:
        import lightgbm

        settings = {
            "objective": "binary",
            "learning_rate": lesson.params["learning_rate"],
            "num_leaves": lesson.params["leaves"],
            "min_data_in_leaf": lesson.params["min_child_samples"],
            "bagging_fraction": lesson.params["subsample"],
            "bagging_freq": 1 if lesson.params["subsample"] < 1 else 0,
            "feature_fraction": lesson.params["colsample_bytree"],
            "lambda_l2": lesson.params["reg_lambda"],
            "lambda_l1": lesson.params["reg_alpha"],
            "seed": lesson.seed,
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
        }
        if lesson.params[MONOTONE]:
            settings["monotone_constraints"] = directions(lesson)
        learnt, aside = split_lesson(lesson)
        rows = _dataset(learnt)
        if aside is None:
            booster = lightgbm.train(settings, rows, num_boost_round=lesson.params["trees"])
        else:
            booster = lightgbm.train(
                settings,
                rows,
                num_boost_round=lesson.params["trees"],
                valid_sets=[_dataset(aside, like=rows)],
                callbacks=[lightgbm.early_stopping(lesson.params["early_stopping"], verbose=False)],
            )
        return LightGBMModel(features=lesson.X.shape[1], booster=booster)

    def suggest(self, trial: Any) -> Params:
        """Learning rate, leaves, least rows in a leaf, shares of rows and features, and shrinkage."""
        return {
            "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.2, log=True),
            "leaves": trial.suggest_int("leaves", 15, 127),
            "min_child_samples": trial.suggest_int("min_child_samples", 5, 50),
            "subsample": trial.suggest_float("subsample", 0.5, 1.0),
            "colsample_bytree": trial.suggest_float("colsample_bytree", 0.3, 1.0),
            "reg_lambda": trial.suggest_float("reg_lambda", 1e-3, 10.0, log=True),
        }


def _dataset(lesson: Lesson, *, like: Any = None) -> Any:
    import lightgbm

    return lightgbm.Dataset(
        lesson.X,
        label=lesson.y.astype(np.float64),
        weight=lesson.weights,
        reference=like,
        params={"verbosity": -1},
    )
