"""Stage 4, training: families compete by grouped cross-validation; the best one learns from the whole training part."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.detection import FAMILIES, FamilySpec, Leaderboard, Model, load_model, search
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.settings import TrainingSettings
from garrison.pipelines.stages.transformation import Transformation
from garrison.pipelines.threshold_rule import ThresholdRule


@dataclass(frozen=True)
class Training(Artifact):
    """The leaderboard, the model (``model/``) and the threshold placed on its out-of-fold scores (``oof.npy``).

    How long the fits took is no part of it, so that equal runs give equal artifacts.
    """

    family: str
    params: dict[str, Any]
    metric: str
    leaderboard: list[dict[str, Any]]
    threshold: float
    threshold_rule: str

    def model(self) -> Model:
        """The model as it was trained."""
        return load_model(self.family, self.folder / "model")

    def out_of_fold(self) -> NDArray[np.float64]:
        """The score of each training row by models that never saw its group, shape (n,)."""
        scores: NDArray[np.float64] = np.load(self.folder / "oof.npy")
        return scores


def family_specs(settings: TrainingSettings) -> list[FamilySpec]:
    """The families that the settings let compete."""
    return [
        FamilySpec(
            name=name,
            params=settings.params.get(name, {}),
            grid=settings.grid.get(name, {}),
            trials=settings.trials,
        )
        for name in settings.families
    ]


def train_models(
    settings: TrainingSettings, transformation: Transformation, out: Path, *, seed: int, jobs: int
) -> Training:
    """Search every family, order them by the metric, and fit the best one on all training rows.

    The threshold is placed on the out-of-fold scores of the training part; the test part is not touched.
    """
    train = transformation.part("train")
    leaderboard: Leaderboard = search(
        family_specs(settings),
        train.X,
        train.y,
        train.groups,
        method=settings.search,
        metric=settings.metric,
        folds=settings.folds,
        seed=seed,
        jobs=jobs,
    )
    best = leaderboard.best
    model = FAMILIES[best.family].fit(train.X, train.y, params=best.params, seed=seed, jobs=jobs)
    (out / "model").mkdir()
    model.save(out / "model")
    np.save(out / "oof.npy", best.out_of_fold)
    return Training(
        folder=out,
        family=best.family,
        params=best.params,
        metric=settings.metric,
        leaderboard=[row.to_dict() for row in leaderboard.rows],
        threshold=ThresholdRule.read(settings.threshold).place(train.y, best.out_of_fold),
        threshold_rule=settings.threshold,
    )
