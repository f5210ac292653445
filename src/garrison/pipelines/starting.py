"""A detection pipeline by its name: its settings, a new run of it, or an old one that goes on."""

import re
from collections.abc import Sequence
from pathlib import Path

import yaml

from garrison.data.catalogue import datasets
from garrison.data.configs import config_file, config_folder
from garrison.data.schema import Schema
from garrison.errors import UsageError
from garrison.pipelines.detection import run_detection
from garrison.pipelines.features_choice import features_path
from garrison.pipelines.kept_run import SETTINGS_FILE, run_to_resume
from garrison.pipelines.outcome import Outcome
from garrison.pipelines.settings import DetectionSettings, Loaded, anchored
from garrison.pipelines.stages.named_data import SIMULATED, check_data_name
from garrison.pipelines.stories import STORIES
from garrison.run.folder import RunFolder
from garrison.run.redaction import HIDDEN, redact
from garrison.run.settings import load_settings

PIPELINES = tuple(STORIES)
WITHOUT_LABELS = "without_labels"
"""The note in the record of a run that learns from events without labels."""


def pipeline_of(data: str | None) -> str:
    """The pipeline that data are for: a data set's own, threats for simulated events; else phishing.

    >>> pipeline_of("nsl_kdd"), pipeline_of("sites.csv")
    ('threats', 'phishing')
    """
    known = datasets().get(data or "")
    if known is not None:
        return known.pipeline
    return "threats" if data and SIMULATED.fullmatch(data) else PIPELINES[0]


def checked_pipeline(name: str) -> str:
    """The name of a pipeline; ``UsageError`` when there is none of that name."""
    if name not in PIPELINES:
        raise UsageError(f"there is no pipeline {name!r}", expected="one of " + ", ".join(PIPELINES))
    return name


def load_pipeline_settings(
    pipeline: str, config: Path | None = None, *, overrides: Sequence[str] = ()
) -> Loaded:
    """A pipeline's settings: its defaults, then ``config``, then the environment, then ``overrides``."""
    folder = config_folder(pipeline)
    beside = None if config is None else config_file(pipeline, config)
    settings = load_settings(
        DetectionSettings, file=beside, default=folder / "training.yml", overrides=overrides
    )
    settings = anchored(settings)
    features = features_path(settings.ingestion, folders=[beside.parent] if beside else [], default=folder)
    # As it is kept with a run: one that goes on would else find other settings, and make every stage again.
    ingestion = settings.ingestion.model_copy(update={"features": str(features)})
    settings = settings.model_copy(update={"ingestion": ingestion})
    if not settings.name:
        named = _detector_name(pipeline, features, usual=folder / "features.json")
        settings = settings.model_copy(update={"name": named})
    return Loaded(settings=settings, features=features)


def settings_for_data(
    data: str | None,
    *,
    pipeline: str | None = None,
    config: Path | None = None,
    overrides: Sequence[str] = (),
) -> tuple[str, Loaded]:
    """A pipeline's name and its settings: the pipeline that is named, else the one that ``data`` are for."""
    chosen = checked_pipeline(pipeline) if pipeline else pipeline_of(data)
    return chosen, load_pipeline_settings(chosen, config, overrides=overrides)


def _detector_name(pipeline: str, features: Path, *, usual: Path) -> str:
    """The pipeline's name; with that of its features file, where it is not the usual one.

    Detectors of other features cannot be compared, so that they should not follow each other under one name.
    """
    if features == usual.resolve():
        return pipeline
    own = re.sub(r"[^a-z0-9]+", "-", Schema.read(features).name.lower()).strip("-")
    return f"{pipeline}-{own}"[:64].rstrip("-")


def run_pipeline(
    pipeline: str, loaded: Loaded, *, workspace: Path, name: str | None = None, until: str | None = None
) -> Outcome:
    """Run a pipeline in a new folder under ``workspace/runs``."""
    check_data_name(loaded.settings.ingestion.data)
    run = RunFolder.create(workspace / "runs", pipeline=pipeline, name=name)
    return run_detection(loaded.settings, loaded.features, run=run, workspace=workspace, until=until)


def resume_pipeline(
    pipeline: str,
    name: str,
    *,
    workspace: Path,
    config: Path | None = None,
    overrides: Sequence[str] = (),
    until: str | None = None,
) -> Outcome:
    """Go on with a run: stages that are finished, and whose settings are as they were, are not made again."""
    run, file = run_to_resume(workspace, name, pipeline=pipeline, config=config)
    if run.record.notes.get(WITHOUT_LABELS):
        raise UsageError(
            f"the run {run.id} learnt without labels, and cannot go on with them",
            where=str(run.path),
            remedy="train again: garrison train --unlabelled …",
        )
    loaded = load_pipeline_settings(pipeline, file, overrides=overrides)
    _check_same_data(run.path / SETTINGS_FILE, loaded.settings, run)
    return run_detection(loaded.settings, loaded.features, run=run, workspace=workspace, until=until)


def _check_same_data(kept: Path, settings: DetectionSettings, run: RunFolder) -> None:
    """Refuse to go on with a run on other data: its results would stand under the name of what it was begun with."""
    if not kept.is_file():
        return
    before = yaml.safe_load(kept.read_text(encoding="utf-8"))["ingestion"].get("data")
    now = redact(settings.ingestion.data or "")
    if before and HIDDEN not in before and before != now:
        raise UsageError(
            f"the run {run.id} was begun with other data",
            where=now,
            expected=before,
            remedy="start a new run for other data",
        )
