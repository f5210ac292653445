"""The families of models, one a file; ``FAMILIES`` holds them by the name that settings call them."""

import difflib
from collections.abc import Sequence
from pathlib import Path

from garrison.detection.families import screened, soft_voting
from garrison.detection.families.adaboost import AdaBoost
from garrison.detection.families.base import Family, Files, Model, Params
from garrison.detection.families.encrypted_distilled import EncryptedDistilled
from garrison.detection.families.encrypted_logistic import EncryptedLogistic
from garrison.detection.families.encrypted_mlp import EncryptedMLP
from garrison.detection.families.encrypted_svm import EncryptedSVM
from garrison.detection.families.extra_trees import ExtraTrees
from garrison.detection.families.gradient_boosting import GradientBoosting
from garrison.detection.families.hist_gradient_boosting import HistGradientBoosting
from garrison.detection.families.isolation_forest import IsolationForest
from garrison.detection.families.knn import NearestNeighbours
from garrison.detection.families.lightgbm import LightGBM
from garrison.detection.families.logistic_regression import LogisticRegression
from garrison.detection.families.mlp import Perceptron
from garrison.detection.families.random_forest import RandomForest
from garrison.detection.families.screened import Screened
from garrison.detection.families.soft_voting import SoftVoting
from garrison.detection.families.xgboost import XGBoost
from garrison.errors import SettingsError

__all__ = ["FAMILIES", "Families", "Family", "Files", "Model", "Params", "load_model"]


class Families(dict[str, Family]):
    """Families by name; an unknown name is a ``SettingsError`` that lists the known ones.

    >>> FAMILIES["xgbost"]  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    garrison.errors.SettingsError: there is no family 'xgbost'
      expected: one of logistic_regression, knn, random_forest, extra_trees, gradient_boosting, ...
      to do: did you mean xgboost?
    """

    def __missing__(self, name: str) -> Family:
        near = difflib.get_close_matches(str(name), self, n=1)
        raise SettingsError(
            f"there is no family {name!r}",
            expected="one of " + ", ".join(self),
            remedy=f"did you mean {near[0]}?" if near else "choose one of those names",
        )

    def add(self, families: Sequence[Family]) -> None:
        """Take families in; two of one name are refused."""
        for family in families:
            if family.name in self:
                raise SettingsError(f"two families are called {family.name!r}", remedy="rename one of them")
            self[family.name] = family


FAMILIES = Families()
"""The families of models by the name that settings call them."""
FAMILIES.add(
    [
        LogisticRegression(),
        NearestNeighbours(),
        RandomForest(),
        ExtraTrees(),
        GradientBoosting(),
        HistGradientBoosting(),
        AdaBoost(),
        XGBoost(),
        LightGBM(),
        Perceptron(),
        EncryptedLogistic(),
        EncryptedSVM(),
        EncryptedMLP(),
        EncryptedDistilled(FAMILIES),
        IsolationForest(),
        SoftVoting(FAMILIES),
        Screened(FAMILIES),
    ]
)
soft_voting.VotingModel.families = FAMILIES
screened.ScreenedModel.families = FAMILIES


def load_model(family: str, folder: Path) -> Model:
    """The model of that family saved in ``folder``; ``ModelError`` when its files are not what was saved."""
    return FAMILIES[family].model.load(folder)
