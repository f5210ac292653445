"""Which rows a detector has learnt from, and which not: from its run, from files, or nobody knows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import yaml

from garrison.attacks.privacy.detectors import Weigh
from garrison.attacks.privacy.interface import Bools, Floats
from garrison.detection import Detector
from garrison.errors import GarrisonError
from garrison.monitoring import Reference
from garrison.pipelines.labelled import labelled_events
from garrison.pipelines.settings import TrainingSettings
from garrison.pipelines.stages.ingestion import Ingestion
from garrison.pipelines.stages.splitting import with_past
from garrison.pipelines.stages.training import row_weights
from garrison.pipelines.watching.model import WatchedModel
from garrison.registry.version import read_record
from garrison.run.fingerprint import table_fingerprint
from garrison.run.redaction import redact
from garrison.run.stages import ARTIFACT

Protocol = Literal["model", "recipe"]
SETTINGS = "settings.yml"
"""What a run calls the file of its settings."""
REFUSED = Path("privacy") / "refused.jsonl"
REFUSED_OTHERS = Path("privacy") / "refused_others.jsonl"


@dataclass(frozen=True)
class Sides:
    """Validated, labelled rows, the ``learnt`` ones of which (bool, one a row) the detector was trained on.

    ``protocol`` is ``model`` where they are known; else ``recipe``: models are trained on halves of the rows, and
    ``learnt`` is all false. ``trained_on`` is how many rows the detector has learnt from (None: not known), ``weigh``
    what its run let each row count, and ``origin`` says in words where the rows are from.
    """

    protocol: Protocol
    origin: str
    table: pa.Table
    learnt: Bools
    trained_on: int | None
    weigh: Weigh | None = None
    refused: int = 0


def sides_of_run(watched: WatchedModel, *, workspace: Path) -> Sides | None:
    """The training and the test rows as the detector's run has kept them; None where there is no such run.

    A run whose training rows are not those of which the detector keeps the fingerprint is not its run.
    """
    for folder in _runs(watched, workspace):
        stage = folder / "stages" / "ingestion"
        try:
            facts = json.loads((stage / ARTIFACT).read_text(encoding="utf-8"))["artifact"]
            ingestion = Ingestion.restore(stage, facts)
            train, test = ingestion.table("train"), ingestion.table("test")
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowInvalid):
            continue
        if table_fingerprint(train) != watched.detector.training_fingerprint:
            continue
        return Sides(
            protocol="model",
            origin=f"the training part and the test part ({ingestion.split}) of the run {folder.name}",
            table=pa.concat_tables([train, test.cast(train.schema)]),
            learnt=np.arange(train.num_rows + test.num_rows) < train.num_rows,
            trained_on=train.num_rows,
            weigh=_weigh(folder, watched.detector),
        )
    return None


def sides_of_files(
    watched: WatchedModel, members: str, others: str, *, workspace: Path, collection: str | None = None
) -> Sides:
    """Rows that the person says were learnt from, and rows that were not."""
    train, one = _labelled(watched, members, workspace=workspace, collection=collection)
    test, two = _labelled(watched, others, workspace=workspace, collection=collection, refused=REFUSED_OTHERS)
    names = [name for name in train.column_names if name in test.column_names]
    return Sides(
        protocol="model",
        origin=f"members: {redact(members)}, others: {redact(others)}",
        table=pa.concat_tables([train.select(names), test.select(names)]),
        learnt=np.arange(train.num_rows + test.num_rows) < train.num_rows,
        trained_on=trained_on(watched.detector) or train.num_rows,
        refused=one + two,
    )


def sides_of_data(
    watched: WatchedModel, data: str, *, workspace: Path, collection: str | None = None
) -> Sides:
    """Rows of which nobody knows whether they were learnt from: good for the recipe alone."""
    table, refused = _labelled(watched, data, workspace=workspace, collection=collection)
    return sides_of_table(watched, table, redact(data), refused=refused)


def sides_of_table(watched: WatchedModel, table: pa.Table, data: str, *, refused: int = 0) -> Sides:
    """The same of validated rows with labels, which ``data`` names."""
    table = with_past(table, watched.detector.schema)
    return Sides(
        protocol="recipe",
        origin=f"random halves of {data}",
        table=table,
        learnt=np.zeros(table.num_rows, dtype=np.bool_),
        trained_on=trained_on(watched.detector),
        refused=refused,
    )


def _labelled(
    watched: WatchedModel, data: str, *, workspace: Path, collection: str | None, refused: Path = REFUSED
) -> tuple[pa.Table, int]:
    """The rows of ``data`` with their labels and their past, and how many were refused."""
    table, count = labelled_events(watched, data, collection=collection, workspace=workspace, refused=refused)
    return with_past(table, watched.detector.schema), count


def trained_on(detector: Detector) -> int | None:
    """How many rows the detector has learnt from, where it has kept what they looked like."""
    return None if detector.reference is None else Reference.from_dict(detector.reference).rows


def _runs(watched: WatchedModel, workspace: Path) -> Sequence[Path]:
    """Folders of runs that may have trained the model: the one in its record, and any that it lies in."""
    record = None if watched.version is None else read_record(watched.folder.parent / "record.json")
    named = [workspace / "runs" / record.run] if record is not None and record.run else []
    around = [folder for folder in watched.folder.resolve().parents if (folder / SETTINGS).is_file()]
    return [*named, *around]


def _weigh(run: Path, detector: Detector) -> Weigh | None:
    """What the run's settings let each row count when a model learns."""
    try:
        kept = yaml.safe_load((run / SETTINGS).read_text(encoding="utf-8"))
        settings = TrainingSettings.model_validate(kept["training"])
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError, GarrisonError):
        return None

    def weigh(table: pa.Table, y: Bools) -> Floats | None:
        return row_weights(settings, y, detector.schema.attack_names(table))

    return weigh
