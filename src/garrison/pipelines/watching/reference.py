"""A reference made afterwards, for a detector that was saved without one."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from garrison.data.quarantine import Quarantine
from garrison.errors import DataError
from garrison.monitoring import Reference, ReferenceMaker, Scores, Watch, keep_reference
from garrison.pipelines.watching.drift import REFUSED
from garrison.pipelines.watching.events import read_events
from garrison.pipelines.watching.model import WatchedModel, open_model
from garrison.progress import progress
from garrison.run.redaction import redact


@dataclass(frozen=True)
class MadeReference:
    """A reference that was made of ``rows`` training rows; ``refused`` rows were left out."""

    model: WatchedModel
    reference: Reference
    path: Path
    refused: int


def make_reference(
    model: str, data: str, *, collection: str | None = None, held_out: str | None = None, workspace: Path
) -> MadeReference:
    """Make the reference of ``model`` from the rows it was trained on, and keep it in the workspace.

    ``held_out`` are labelled rows that it was not trained on: scores of training rows are too good to be compared
    with. Without it no score is compared and no quality can be estimated.
    """
    watched = open_model(model, workspace=workspace)
    watch = Watch(watched.detector)
    maker = ReferenceMaker(watch.always)
    with Quarantine(workspace / REFUSED) as quarantine, progress(f"reading {redact(data)}") as advance:
        for part in read_events(
            watched, data, collection=collection, since=None, workspace=workspace, quarantine=quarantine
        ):
            maker.add(watch.see(part.table).columns)
            advance(part.table.num_rows)
        scores = None if held_out is None else _held_out(watched, held_out, workspace, quarantine)
    reference = maker.reference(scores)
    path = keep_reference(reference, watched.digest, workspace=workspace)
    return MadeReference(watched, reference, path, quarantine.count)


def _held_out(model: WatchedModel, data: str, workspace: Path, quarantine: Quarantine) -> Scores:
    watch = Watch(model.detector)
    scores, truth = [], []
    label = model.detector.schema.label
    for part in read_events(
        model,
        data,
        collection=None,
        since=None,
        workspace=workspace,
        quarantine=quarantine,
        with_label=label is not None,
    ):
        scores.append(watch.see(part.table).scores)
        if label is not None:
            truth.append(part.table.select([label.column]))
    if not scores:
        raise DataError("there are no held-out rows", where=redact(data), expected="one row or more")
    y = model.detector.schema.labels(pa.concat_tables(truth)) if truth else None
    return Scores.of(np.concatenate(scores), threshold=model.detector.threshold.value, y=y)
