"""Stage 4, training: families compete by grouped cross-validation; the best one learns from the whole training part."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.detection import FAMILIES, FamilySpec, Leaderboard, LeaderboardRow, Model, load_model, search
from garrison.detection.unknown_attacks import hold_out_attacks, kinds_of
from garrison.detection.weights import class_weights
from garrison.errors import DataError, SettingsError
from garrison.evaluation.unseen import UnseenScores
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.settings import TrainingSettings
from garrison.pipelines.stages.transformation import Part, Transformation
from garrison.pipelines.threshold_rule import UNKNOWN, ThresholdRule
from garrison.progress import say


@dataclass(frozen=True)
class Training(Artifact):
    """The leaderboard, the model (``model/``) and the threshold placed on its out-of-fold scores (``oof.npy``).

    ``unseen`` tells, for each kind of attack, how models that never saw it scored it (``held_out.npz`` has the
    scores); None where attacks have no names or nobody asked. ``false_alarms`` is the share of the benign training rows
    that is flagged out of fold.

    How long the fits took is no part of it, so that equal runs give equal artifacts.
    """

    family: str
    params: dict[str, Any]
    metric: str
    leaderboard: list[dict[str, Any]]
    threshold: float
    threshold_rule: str
    false_alarms: float
    unseen: list[dict[str, Any]] | None

    def model(self) -> Model:
        """The model as it was trained."""
        return load_model(self.family, self.folder / "model")

    def out_of_fold(self) -> NDArray[np.float64]:
        """The score of each training row by models that never saw its group, shape (n,)."""
        scores: NDArray[np.float64] = np.load(self.folder / "oof.npy")
        return scores

    def held_out(self) -> UnseenScores | None:
        """The scores of attacks held out of training, where they were."""
        if self.unseen is None:
            return None
        sides: dict[str, dict[str, NDArray[np.float64]]] = {"attack": {}, "benign": {}}
        with np.load(self.folder / "held_out.npz") as arrays:
            for key in arrays.files:
                side, _, name = key.partition(":")
                sides[side][name] = arrays[key]
        return UnseenScores(sides["attack"], sides["benign"])


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

    The threshold is placed on scores of training rows by models that had not seen them; the test part is not touched.
    """
    train = transformation.part("train")
    if settings.threshold == UNKNOWN:
        _check_named(train)
    weights = row_weights(settings, train.y, train.attacks)
    leaderboard: Leaderboard = search(
        family_specs(settings),
        train.X,
        train.y,
        train.groups,
        method=settings.search,
        metric=settings.metric,
        folds=settings.folds,
        seed=seed,
        weights=weights,
        jobs=jobs,
    )
    best = leaderboard.best
    model = FAMILIES[best.family].fit(
        train.X, train.y, params=best.params, seed=seed, weights=weights, jobs=jobs
    )
    (out / "model").mkdir()
    model.save(out / "model")
    np.save(out / "oof.npy", best.out_of_fold)
    unseen = _held_out(settings, train, best, seed=seed, jobs=jobs)
    threshold = _threshold(settings, train, best, unseen, seed=seed)
    if unseen is not None:
        arrays: dict[str, Any] = _named(unseen)
        np.savez_compressed(out / "held_out.npz", **arrays)
    return Training(
        folder=out,
        family=best.family,
        params=best.params,
        metric=settings.metric,
        leaderboard=[row.to_dict() for row in leaderboard.rows],
        threshold=threshold,
        threshold_rule=settings.threshold,
        false_alarms=float((best.out_of_fold[~train.y] >= threshold).mean()),
        unseen=None if unseen is None else _found(settings, unseen, threshold, seed=seed),
    )


def row_weights(
    settings: TrainingSettings, y: NDArray[np.bool_], attacks: NDArray[np.object_] | None
) -> NDArray[np.float64] | None:
    """What each row counts, by the settings; None where all count the same."""
    if settings.weights == "none" and settings.attack_power == 1:
        return None
    power = 1.0 if attacks is None else settings.attack_power
    return class_weights(y, settings.weights, attacks=attacks, attack_power=power)


def _check_named(train: Part) -> None:
    """Refuse to place a threshold for unknown attacks where none can be held out, before anything is learnt."""
    kinds = [] if train.attacks is None else kinds_of(train.y, train.attacks)
    if len(kinds) < 2:
        raise SettingsError(
            "the threshold for unknown attacks holds each kind of attack out of training, and "
            + (f"all attacks are {kinds[0]!r}" if kinds else "the attacks have no names"),
            expected="rows whose attacks have names, two kinds or more",
            remedy="name the column of the attack in the features file (role attack), or choose another rule "
            "(--set training.threshold=fpr=0.01)",
        )


def _held_out(
    settings: TrainingSettings, train: Part, best: LeaderboardRow, *, seed: int, jobs: int
) -> UnseenScores | None:
    needed = settings.threshold == UNKNOWN
    if train.attacks is None or (len(kinds_of(train.y, train.attacks)) < 2 and not needed):
        return None
    if not (settings.held_out_attacks or needed):
        return None
    try:
        return hold_out_attacks(
            best.family,
            best.params,
            train.X,
            train.y,
            train.attacks,
            train.groups,
            seed=seed,
            weigh=lambda y, attacks: row_weights(settings, y, attacks),
            jobs=jobs,
        )
    except DataError as error:
        if needed:
            raise
        say(f"attacks could not be held out of training, which the report then lacks: {error.what}")
        return None


def _threshold(
    settings: TrainingSettings, train: Part, best: LeaderboardRow, unseen: UnseenScores | None, *, seed: int
) -> float:
    if settings.threshold == UNKNOWN and unseen is not None:
        return unseen.threshold(seed=seed)
    return ThresholdRule.read(settings.threshold).place(train.y, best.out_of_fold)


def _found(
    settings: TrainingSettings, unseen: UnseenScores, threshold: float, *, seed: int
) -> list[dict[str, Any]]:
    """Each kind held out, at a threshold that its own scores did not place."""
    at = unseen.thresholds_apart(seed=seed) if settings.threshold == UNKNOWN else threshold
    return [asdict(kind) for kind in unseen.kinds(at)]


def _named(unseen: UnseenScores) -> dict[str, NDArray[np.float64]]:
    """The scores by kind of attack, each beside those of the benign rows that were held out with it."""
    return {
        f"{side}:{name}": scores
        for side, of in (("attack", unseen.attacks), ("benign", unseen.benign))
        for name, scores in of.items()
    }
