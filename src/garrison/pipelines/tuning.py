"""Tuning one family of a pipeline on its training part: the rows that a run of equal settings would learn from.

The test part is split off first and no trial sees it, so that a run with what was found may still be judged by it.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.catalogue.traps import known_traps
from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.splits import group_ids, grouped_folds
from garrison.data.splits_by_time import timed_folds
from garrison.detection import Tuned, tune
from garrison.detection.tuning import read_space
from garrison.errors import SettingsError
from garrison.files import write_json
from garrison.pipelines.kept_settings import keep_settings, resolved
from garrison.pipelines.reports.tuning import write_tuning_report
from garrison.pipelines.settings import DetectionSettings, Loaded
from garrison.pipelines.stages.ingestion import read_events
from garrison.pipelines.stages.landing import land, land_tests
from garrison.pipelines.stages.splitting import split_events
from garrison.pipelines.stages.training import row_weights
from garrison.pipelines.stages.transformation import new_processor

STUDIES = "studies"
STUDY_FILE = "study.log"
BEST_FILE = "best.yml"


@dataclass(frozen=True)
class TunedFamily:
    """What tuning found, and the files it left in ``folder``: the study, the best settings, figures, a report."""

    folder: Path
    tuned: Tuned
    best: Path
    report: Path
    refused: int


@dataclass(frozen=True)
class Lessons:
    """The training part as arrays, and its folds."""

    X: NDArray[np.float64]
    y: NDArray[np.bool_]
    weights: NDArray[np.float64] | None
    folds: list[tuple[NDArray[np.int64], NDArray[np.int64]]]


def family_to_tune(settings: DetectionSettings, family: str | None) -> str:
    """The family that is named, or the only one of the settings; ``SettingsError`` when neither says which."""
    if family is None and len(settings.training.families) > 1:
        raise SettingsError(
            "which family is to be tuned?",
            expected="one of " + ", ".join(settings.training.families),
            remedy="name it with --family",
        )
    chosen = family or settings.training.families[0]
    read_space(chosen, settings.tuning.space.get(chosen), fixed=settings.training.params.get(chosen))
    return chosen


def study_folder(settings: DetectionSettings, family: str, *, workspace: Path, out: Path | None) -> Path:
    """Where a study is kept unless it is said: ``studies/NAME-FAMILY`` of the workspace."""
    return out or workspace / STUDIES / f"{settings.name}-{family}"


def tune_family(loaded: Loaded, *, pipeline: str, family: str, workspace: Path, folder: Path) -> TunedFamily:
    """Search the parameters of ``family`` as the settings say, and write what was found into ``folder``.

    A study that lies there goes on. Rows that are not what the features file says go to ``refused.jsonl``.
    Raises ``SettingsError`` when the settings, or the study, do not fit, before anything is fitted.
    """
    settings = loaded.settings
    with Quarantine(folder / "refused.jsonl") as refused:
        lessons = _lessons(loaded, workspace=workspace, quarantine=refused)
    tuned = tune(
        family,
        lessons.X,
        lessons.y,
        folds=lessons.folds,
        space=settings.tuning.space.get(family),
        params=settings.training.params.get(family),
        trials=settings.tuning.trials,
        workers=settings.tuning.workers,
        metric=settings.training.metric,
        seed=settings.seed,
        storage=folder / STUDY_FILE,
        weights=lessons.weights,
        pruning=settings.tuning.pruning,
    )
    best = folder / BEST_FILE
    keep_settings(resolved(_with_best(settings, tuned), loaded.features), best)
    write_json(folder / "tuned.json", tuned.to_dict())
    report = write_tuning_report(tuned, settings, pipeline=pipeline, best=best, rows=len(lessons.X))
    return TunedFamily(folder, tuned, best, report, refused.count)


def _with_best(settings: DetectionSettings, tuned: Tuned) -> DetectionSettings:
    """The settings of a run that trains the family with the best parameters, and tries no others."""
    params = {
        "families": (tuned.family,),
        "params": {tuned.family: tuned.params},
        "search": "grid",
        "grid": {},
    }
    training = settings.training.model_copy(update=params)
    return settings.model_copy(update={"training": training})


def _lessons(loaded: Loaded, *, workspace: Path, quarantine: Quarantine) -> Lessons:
    settings, schema = loaded.settings, Schema.read(loaded.features)
    known_traps(schema)
    if settings.tuning.split == "time" and schema.time is None:
        raise SettingsError(
            "tuning.split: there is no time to split by",
            where=f"schema {schema.name!r}",
            expected="'time' in the features file",
            remedy="name the timestamp column there, or choose split=groups",
        )
    landed = land(settings.ingestion, schema=schema, workspace=workspace, quarantine=quarantine)
    table = read_events(landed, schema=schema, quarantine=quarantine)
    apart = land_tests(settings.ingestion, schema=schema, workspace=workspace, quarantine=quarantine)
    tests = {name: read_events(each, schema=schema, quarantine=quarantine) for name, each in apart.items()}
    train = split_events(settings.ingestion, table, tests, schema=schema, seed=settings.seed).train
    y = schema.labels(train)
    return Lessons(
        X=new_processor(settings.transformation).fit(train, schema).transform(train),
        y=y,
        weights=row_weights(settings.training, y, schema.attack_names(train)),
        folds=_folds(settings, train, schema, y),
    )


def _folds(
    settings: DetectionSettings, train: pa.Table, schema: Schema, y: NDArray[np.bool_]
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    groups, count = group_ids(train, schema), settings.training.folds
    if settings.tuning.split == "time":
        times = train.column(schema.time).cast(pa.int64()).to_numpy()
        return timed_folds(times, folds=count, labels=y, groups=groups)
    return grouped_folds(y, groups, folds=count, seed=settings.seed)
