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
from garrison.data.quarantine import Quarantine
from garrison.detection import Detector
from garrison.errors import DataError, GarrisonError
from garrison.monitoring import Reference
from garrison.pipelines.detection import SETTINGS_FILE
from garrison.pipelines.settings import TrainingSettings
from garrison.pipelines.stages.ingestion import Ingestion
from garrison.pipelines.stages.splitting import with_past
from garrison.pipelines.stages.training import row_weights
from garrison.pipelines.watching.events import read_events
from garrison.pipelines.watching.model import REGISTRY, WatchedModel
from garrison.progress import progress
from garrison.registry import resolve_model
from garrison.run.fingerprint import table_fingerprint
from garrison.run.redaction import redact
from garrison.run.stages import ARTIFACT

Protocol = Literal["model", "recipe"]
REFUSED = Path("privacy") / "refused.jsonl"


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


def sides_of_run(model: str, watched: WatchedModel, *, workspace: Path) -> Sides | None:
    """The training and the test rows as the detector's run has kept them; None where there is no such run.

    A run whose training rows are not those of which the detector keeps the fingerprint is not its run.
    """
    for folder in _runs(model, workspace):
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
    train, one = labelled_rows(watched, members, workspace=workspace, collection=collection)
    test, two = labelled_rows(watched, others, workspace=workspace, collection=collection, after=one)
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
    table, refused = labelled_rows(watched, data, workspace=workspace, collection=collection)
    return Sides(
        protocol="recipe",
        origin=f"random halves of {redact(data)}",
        table=table,
        learnt=np.zeros(table.num_rows, dtype=np.bool_),
        trained_on=trained_on(watched.detector),
        refused=refused,
    )


def labelled_rows(
    watched: WatchedModel, data: str, *, workspace: Path, collection: str | None, after: int = 0
) -> tuple[pa.Table, int]:
    """The rows of ``data`` with labels and their past, and how many were refused; ``DataError`` where none is left.

    The refused ones are listed behind the ``after`` ones of other data.
    """
    schema = watched.detector.schema
    found: list[pa.Table] = []
    with (
        Quarantine(workspace / REFUSED, keep=after > 0) as quarantine,
        progress(f"reading {redact(data)}") as advance,
    ):
        events = read_events(
            watched,
            data,
            collection=collection,
            since=None,
            workspace=workspace,
            quarantine=quarantine,
            with_label=True,
        )
        for part in events:
            found.append(part.table)
            advance(part.table.num_rows)
    if not found:
        raise DataError("there are no events to ask about", where=redact(data), expected="two rows or more")
    return with_past(pa.concat_tables(found), schema), quarantine.count


def trained_on(detector: Detector) -> int | None:
    """How many rows the detector has learnt from, where it has kept what they looked like."""
    return None if detector.reference is None else Reference.from_dict(detector.reference).rows


def _runs(model: str, workspace: Path) -> Sequence[Path]:
    """Folders of runs that may have trained the model: the one in its record, and any that it lies in."""
    found = resolve_model(model, root=workspace / REGISTRY)
    record = found.record
    named = [workspace / "runs" / record.run] if record is not None and record.run else []
    around = [folder for folder in found.folder.resolve().parents if (folder / SETTINGS_FILE).is_file()]
    return [*named, *around]


def _weigh(run: Path, detector: Detector) -> Weigh | None:
    """What the run's settings let each row count when a model learns."""
    try:
        kept = yaml.safe_load((run / SETTINGS_FILE).read_text(encoding="utf-8"))
        settings = TrainingSettings.model_validate(kept["training"])
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError, GarrisonError):
        return None

    def weigh(table: pa.Table, y: Bools) -> Floats | None:
        return row_weights(settings, y, detector.schema.attack_names(table))

    return weigh
