"""Stage 1, training: a model for every cell and seed, each saved as soon as it is finished."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from garrison.errors import IntegrityError, ModelError
from garrison.federated import (
    Federation,
    NetworkModel,
    Round,
    Trained,
    load_model,
    parties_of,
    save_model,
    seed_for,
    train_conventionally,
)
from garrison.federated.secure_aggregation import MaskedExchange, Masking
from garrison.files import output_errors, sha256_of, sha256_of_json, write_json
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.federating.cells import Cell
from garrison.pipelines.federating.data import Sides, learnt_from
from garrison.pipelines.federating.live import LiveTraining
from garrison.pipelines.federating.recipes import dealt, plan_of, pooled_training
from garrison.pipelines.federating.round_notes import RoundNotes
from garrison.pipelines.federating.settings import FederatedSettings
from garrison.run.fingerprint import versions
from garrison.run.settings import settings_json
from garrison.spread import run_all, threads

MODELS, UNFINISHED, NOTES = "models", "unfinished", "rounds.jsonl"
LIBRARIES = ("opacus", "torch")
"""What a trained model depends on besides what every result does."""


@dataclass(frozen=True)
class TrainedCells(Artifact):
    """What was trained: one row for each cell and seed, with the digest of the saved model."""

    rows: tuple[dict[str, Any], ...]

    def of(self, cell: Cell) -> list[dict[str, Any]]:
        """The rows of a cell, by seed."""
        return sorted((row for row in self.rows if row["cell"] == cell.key), key=lambda row: int(row["seed"]))

    def facts(self) -> dict[str, Any]:
        """As JSON values."""
        return {"rows": list(self.rows)}

    @classmethod
    def restore(cls, folder: Path, facts: dict[str, Any]) -> "TrainedCells":
        """As the finished stage left it."""
        return cls(folder=folder, rows=tuple(facts["rows"]))


def model_folder(run: Path, cell: Cell, seed: int) -> Path:
    """Where the model of a cell and seed lies in a run's folder."""
    return run / MODELS / cell.key / f"seed-{seed}"


def saved_model(run: Path, row: Mapping[str, Any]) -> NetworkModel:
    """A model that the stage made, its digest verified; ``IntegrityError`` where it is another by now."""
    folder = run / MODELS / str(row["cell"]) / f"seed-{row['seed']}"
    model = load_model(folder)
    if sha256_of(folder / "manifest.json") != row["digest"]:
        raise IntegrityError(
            "the saved model is not the one that this run trained",
            where=str(folder),
            expected=f"a manifest with SHA-256 {row['digest']}",
            remedy="remove the folder and resume the run: the model is trained again",
        )
    return model


def train_cells(settings: FederatedSettings, sides: Sides, out: Path, *, run: Path) -> TrainedCells:
    """Train whatever of the cells is not there yet; models lie in ``run``/models, each whole or absent."""
    wanted = [(cell, seed) for seed in range(settings.seeds) for cell in settings.cells]
    inner = threads(settings.jobs) if len(wanted) < threads(settings.jobs) else 1
    tasks = [(settings, sides, cell, seed, run, inner) for cell, seed in wanted]
    notes = run / UNFINISHED / NOTES
    with output_errors(notes):
        notes.parent.mkdir(exist_ok=True)
        notes.unlink(missing_ok=True)
    rounds = {
        cell: settings.federation.rounds if cell.federated else settings.conventional.epochs
        for cell in settings.cells
    }
    live = LiveTraining(notes, rounds, seeds=settings.seeds)
    rows = run_all(train_one, tasks, jobs=1 if inner > 1 else settings.jobs, title="models", bar=live.bar)
    shutil.rmtree(run / UNFINISHED, ignore_errors=True)
    return TrainedCells(folder=out, rows=tuple(rows))


def train_one(
    settings: FederatedSettings, sides: Sides, cell: Cell, seed: int, run: Path, jobs: int = 1
) -> dict[str, Any]:
    """Train and save the model of one cell and seed, unless it is there; gives its row.

    Its parties share ``jobs`` processes.
    """
    folder = model_folder(run, cell, seed)
    record = folder.with_suffix(".json")
    question = _question(settings, sides, cell, seed)
    notes = RoundNotes(run / UNFINISHED / NOTES, cell, seed)
    found = _before(folder, record, question)
    if found is not None:
        notes.finished()
        return found
    unfinished = (
        run / UNFINISHED / f"{cell.key}-{seed}-{question[:12]}"
    )  # one of other settings is not gone on with
    trained = _train(settings, sides, cell, seed, unfinished, jobs, notes)
    loss, accuracy = trained.model.judged_by(sides.test_x, sides.test_y)
    facts = {**trained.model.facts, "cell": cell.key, "seed": seed, "pool": sides.name}
    digest = save_model(replace(trained.model, facts=facts), folder)
    row = {
        "cell": cell.key,
        "seed": seed,
        "digest": digest,
        "question": question,
        "loss": loss,
        "accuracy": accuracy,
        "epsilon": trained.spent.epsilon if trained.spent else None,
        "delta": trained.spent.delta if trained.spent else None,
        "seconds": round(sum(each.seconds for each in trained.rounds), 3),
        "rounds": [each.to_dict() for each in trained.rounds],
    }
    write_json(record, row)
    notes.finished()
    kept: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    return kept  # as it is read when the run goes on


def rounds_of(row: Mapping[str, Any]) -> list[Round]:
    """The rounds of a row; those of conventional training are its epochs."""
    return [Round.from_dict(each) for each in row["rounds"]]


def _train(
    settings: FederatedSettings,
    sides: Sides,
    cell: Cell,
    seed: int,
    unfinished: Path,
    jobs: int,
    notes: RoundNotes,
) -> Trained:
    own = seed_for(settings.seed, cell.network, seed)
    places = learnt_from(sides, settings, seed)
    x, y = sides.pool_x[places], sides.pool_y[places]
    judge = (sides.validation_x, sides.validation_y) if len(sides.validation_y) else None
    if not cell.federated:
        return train_conventionally(
            x,
            y,
            cell.network,
            pooled_training(settings),
            seed=own,
            classes=sides.classes,
            test=judge,
            on_epoch=notes,
        )
    parties = parties_of(x, y, dealt(settings, y, seed=own))
    plan = plan_of(settings, cell, sides, seed=own)
    federation = Federation(parties, plan)
    if cell.way == "secure":
        federation = Federation(parties, plan, exchange=MaskedExchange(), app_of=Masking().app_of)
    return federation.train(test=judge, folder=unfinished, jobs=jobs, on_round=notes)


def _before(folder: Path, record: Path, question: str) -> dict[str, Any] | None:
    """The row of a model that was finished before, where it answers the same question and is whole."""
    try:
        row: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
        load_model(folder)
        same = row["question"] == question and row["digest"] == sha256_of(folder / "manifest.json")
    except (OSError, ValueError, KeyError, IntegrityError, ModelError):
        return None
    return row if same else None


def _question(settings: FederatedSettings, sides: Sides, cell: Cell, seed: int) -> str:
    """What the model depends on, so that another one is not taken for it."""
    parts = ["conventional"] if not cell.federated else ["parties", "federation"]
    parts += ["private"] if cell.way == "private" else []
    asked = {name: settings_json(getattr(settings, name)) for name in ("data", *parts)}
    if cell.way == "private":
        asked["private"] = {**asked["private"], "epsilons": [cell.epsilon]}
    return sha256_of_json(
        {
            **asked,
            "cell": cell.key,
            "seed": [settings.seed, seed],
            "half": settings.attacks.membership is not None,
            "versions": versions(*LIBRARIES),
            "images": [sides.name, len(sides.pool_y), int(sides.pool_y[:1000].sum())],
        }
    )
