"""Stage 4, model inversion: what an outsider with a final model can draw of its classes."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.privacy.inversion import INVERSIONS, OfModule, Recognised, against_baseline, judge
from garrison.federated import (
    LocalTraining,
    NetworkModel,
    load_model,
    new_model,
    save_model,
    seed_for,
    train_conventionally,
)
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.federating.cells import Cell
from garrison.pipelines.federating.data import Sides, learnt_from
from garrison.pipelines.federating.findings import Measured
from garrison.pipelines.federating.settings import FederatedSettings, InversionSettings
from garrison.pipelines.federating.training import TrainedCells, saved_model
from garrison.spread import run_all

Pictures = NDArray[np.float32]

EVALUATOR = "tanh_cnn"
"""The network that recognises what was drawn: none of those compared, and it learns from images that they do not."""
EVALUATOR_TRAINING = LocalTraining(epochs=15, batch=32, learning_rate=0.05, momentum=0.9)
EVALUATOR_FOLDER = "evaluator"


@dataclass(frozen=True)
class Attempt:
    """One attack on one model; ``baseline`` marks that on a network which learnt nothing."""

    cell: str
    seed: int
    found: Recognised

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"cell": self.cell, "seed": self.seed, "found": self.found.to_dict()}

    @property
    def name(self) -> str:
        """A name for files."""
        return f"{self.cell}-{self.found.attack}-{self.seed}"


@dataclass(frozen=True)
class InvertedModels(Artifact):
    """Every attempt, and how often the evaluator is right about test images; drawn images lie beside it."""

    attempts: tuple[Attempt, ...]
    evaluator_accuracy: float

    def facts(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "attempts": [each.to_dict() for each in self.attempts],
            "evaluator_accuracy": self.evaluator_accuracy,
        }

    @classmethod
    def restore(cls, folder: Path, facts: dict[str, Any]) -> "InvertedModels":
        """As the finished stage left it."""
        attempts = tuple(
            Attempt(each["cell"], each["seed"], Recognised.from_dict(each["found"]))
            for each in facts["attempts"]
        )
        return cls(folder=folder, attempts=attempts, evaluator_accuracy=facts["evaluator_accuracy"])

    def best(self) -> dict[tuple[str, int], Attempt]:
        """By cell and seed, the attempt of which most is recognised."""
        found: dict[tuple[str, int], Attempt] = {}
        for each in self.attempts:
            place = (each.cell, each.seed)
            if place not in found or _reached(each) > _reached(found[place]):
                found[place] = each
        return found

    def measured(self) -> list[Measured]:
        """The figures of the table."""
        return [
            figure
            for (cell, seed), each in self.best().items()
            for figure in (
                Measured(cell, seed, "inversion", each.found.recognised.value),
                Measured(cell, seed, "inversion_likeness", max(each.found.likeness.value, 0.0)),
            )
        ]

    def pictures(self, attempt: Attempt) -> Pictures | None:
        """What was drawn, an image a class, where it was kept."""
        path = self.folder / f"{attempt.name}.npy"
        if not path.is_file():
            return None
        drawn: Pictures = np.load(path, allow_pickle=False)
        return drawn


def invert_models(
    settings: FederatedSettings, sides: Sides, trained: TrainedCells, out: Path, *, run: Path
) -> InvertedModels:
    """Every attack on every model; an evaluator that learnt from other images says what it sees in the drawings."""
    given = settings.attacks.inversion
    assert given is not None
    evaluator = _evaluator(sides, given.taught, settings.seed)
    save_model(evaluator, out / EVALUATOR_FOLDER)
    tasks = [
        (settings, given, sides, cell, row, out, run) for cell in settings.cells for row in trained.of(cell)
    ]
    found = run_all(_attempts, tasks, jobs=settings.jobs, title="model inversion")
    return InvertedModels(
        folder=out,
        attempts=tuple(attempt for each in found for attempt in each),
        evaluator_accuracy=evaluator.judged_by(sides.test_x, sides.test_y)[1],
    )


def _attempts(
    settings: FederatedSettings,
    given: InversionSettings,
    sides: Sides,
    cell: Cell,
    row: dict[str, Any],
    out: Path,
    run: Path,
) -> tuple[Attempt, ...]:
    seed = int(row["seed"])
    evaluator = load_model(out / EVALUATOR_FOLDER)
    places = learnt_from(sides, settings, seed)
    x, y = sides.pool_x[places], sides.pool_y[places]
    nothing = new_model(
        cell.network, shape=sides.shape, classes=sides.classes, seed=seed_for(settings.seed, "nothing", seed)
    )
    attempts = []
    for name in given.attacks:
        attack = replace(INVERSIONS[name], iterations=given.steps)
        of_nothing = judge(attack.run(_target(nothing), seed=seed), evaluator, x, y)
        drawn = attack.run(_target(saved_model(run, row)), seed=seed)
        found = against_baseline(judge(drawn, evaluator, x, y), of_nothing)
        attempts.append(Attempt(cell.key, seed, found))
        if seed == 0:
            np.save(out / f"{attempts[-1].name}.npy", np.asarray(drawn.records, dtype=np.float32))
    return tuple(attempts)


def _evaluator(sides: Sides, taught: int, seed: int) -> NetworkModel:
    x, y = sides.apart_x[:taught], sides.apart_y[:taught]
    own = seed_for(seed, "evaluator")
    return train_conventionally(x, y, EVALUATOR, EVALUATOR_TRAINING, seed=own, classes=sides.classes).model


def _target(model: NetworkModel) -> OfModule:
    return OfModule(model.module, model.shape, model.classes)


def _reached(attempt: Attempt) -> tuple[float, float]:
    return attempt.found.recognised.value, attempt.found.likeness.value
