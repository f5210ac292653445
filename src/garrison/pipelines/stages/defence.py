"""After training, where defences are named: the best family learns again, harder to evade; and what that cost."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from garrison.data.schema import Schema
from garrison.defences import Draft, Known, Note, fortify, named
from garrison.errors import SettingsError
from garrison.files import write_json
from garrison.pipelines.defence_settings import DefenceSettings
from garrison.pipelines.settings import TrainingSettings
from garrison.pipelines.stages.ingestion import Ingestion
from garrison.pipelines.stages.training import Training, row_weights
from garrison.pipelines.stages.transformation import Transformation
from garrison.pipelines.threshold_rule import UNKNOWN, ThresholdRule

NOTES = "notes.json"


def defend_model(
    settings: DefenceSettings,
    training_settings: TrainingSettings,
    ingestion: Ingestion,
    transformation: Transformation,
    training: Training,
    out: Path,
    *,
    schema: Schema,
    seed: int,
    jobs: int,
) -> Training:
    """The training with the model and the threshold of the defended detector; what was done is in ``notes.json``.

    A part of the training rows is kept aside: defences choose by it and the threshold is placed on it. ``oof.npy`` has
    the scores of those rows, and no number for the others, which the model has learnt from.
    """
    check_defence(settings, training_settings)
    train = transformation.part("train")
    weights = row_weights(training_settings, train.y, train.attacks)
    known = Known(ingestion.table("train"), train.X, train.y, train.groups)
    draft = Draft.parted(
        schema.name,
        schema,
        transformation.processor(),
        known,
        aside=settings.aside,
        seed=seed,
        weights=weights,
        family=training.family,
        params=training.params,
        place=ThresholdRule.read(training_settings.threshold).place,
        rule=training_settings.threshold,
        jobs=jobs,
    )
    made = fortify(draft, [named(name, settings.params.get(name)) for name in settings.names])
    detector = made.detector()
    (out / "model").mkdir()
    detector.model.save(out / "model")
    scores = detector.model.score(train.X)
    aside = np.isin(train.groups, draft.aside.groups)
    np.save(out / "oof.npy", np.where(aside, scores, np.nan))
    write_json(out / NOTES, [asdict(note) for note in made.notes])
    threshold = detector.threshold.value
    return replace(
        training,
        folder=out,
        family=detector.family,
        params=detector.params,
        threshold=threshold,
        false_alarms=float((scores[aside & ~train.y] >= threshold).mean()),
        unseen=None,
    )


def check_defence(settings: DefenceSettings, training: TrainingSettings) -> None:
    """Refuse a threshold that is not placed on rows kept aside; ``SettingsError``."""
    if settings.names and training.threshold == UNKNOWN:
        raise SettingsError(
            "the threshold of a defended detector is placed on rows kept aside, and that for unknown attacks is not",
            where="training.threshold",
            expected="fpr=SHARE, a metric such as f1, or a number",
            remedy="--set training.threshold=f1, or no defence",
        )


def notes_of(defended: Training) -> tuple[Note, ...]:
    """What the defences did."""
    listed = json.loads((defended.folder / NOTES).read_text(encoding="utf-8"))
    return tuple(Note(**each) for each in listed)
