"""Events of a file or a store scored into a log, as the service logs what it scores."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.quarantine import Quarantine
from garrison.errors import SchemaError
from garrison.monitoring import COLLECTION, ScoredRows, StoreLog, Watch
from garrison.pipelines.stages.addresses import workspace_pseudonyms
from garrison.pipelines.watching.drift import REFUSED
from garrison.pipelines.watching.events import read_events
from garrison.pipelines.watching.model import open_model
from garrison.progress import progress
from garrison.run.redaction import redact


@dataclass(frozen=True)
class Recorded:
    """How many events were scored, and how many of them were written to the log; ``flagged`` of those scored."""

    scored: int
    flagged: int
    written: int
    refused: int
    refused_path: Path


def record_events(
    model: str,
    data: str,
    log: str,
    *,
    collection: str | None = None,
    log_collection: str = COLLECTION,
    id_column: str | None = None,
    sample: float = 1.0,
    since: datetime | None = None,
    workspace: Path,
) -> Recorded:
    """Score the events of ``data`` with ``model`` and write them to the log in the store ``log``.

    Events are named by ``id_column``, or by the data's name and their number: ``tuesday-17``. They are logged at their
    own time where they have one, so that a day can be replayed, else at the time they were scored. Recording the same
    events again changes nothing. Raises what reading and writing raise.
    """
    watched = open_model(model, workspace=workspace)
    schema, watch = watched.detector.schema, Watch(watched.detector)
    if id_column is not None and id_column not in {column.name for column in schema.kept(with_label=False)}:
        raise SchemaError(
            f"no column {id_column!r} names the events",
            where=f"schema {schema.name!r}",
            expected="one of " + ", ".join(column.name for column in schema.kept(with_label=False)),
        )
    hidden = any(column.pseudonym for column in schema.columns)
    store = StoreLog(
        log,
        collection=log_collection,
        sample=sample,
        schema=schema,
        pseudonyms=workspace_pseudonyms(workspace) if hidden else None,
    )
    stem = Path(data).name.partition(".")[0] if "://" not in data else collection or "event"
    scored = flagged = written = 0
    with Quarantine(workspace / REFUSED) as quarantine, progress(f"scoring {redact(data)}") as advance:
        for part in read_events(
            watched, data, collection=collection, since=since, workspace=workspace, quarantine=quarantine
        ):
            table, started = part.table, time.perf_counter()
            scores = watch.see(table).scores if part.scores is None else part.scores
            took = (time.perf_counter() - started) / table.num_rows
            verdicts = scores >= watched.detector.threshold.value
            rows = ScoredRows(
                model=watched.name,
                version=watched.version,
                threshold=watched.detector.threshold.value,
                events=table,
                scores=scores,
                flagged=verdicts,
                ids=_ids(table, id_column, stem, scored),
                at=_times(table, schema.time),
                latency=np.full(table.num_rows, took),
            )
            written += store.keep(rows)
            scored += table.num_rows
            flagged += int(verdicts.sum())
            advance(table.num_rows)
    return Recorded(scored, flagged, written, quarantine.count, workspace / REFUSED)


def _ids(table: pa.Table, column: str | None, stem: str, before: int) -> tuple[str, ...]:
    if column is None:
        return tuple(f"{stem}-{number}" for number in range(before + 1, before + table.num_rows + 1))
    ids: Sequence[str | None] = table.column(column).cast(pa.string()).to_pylist()
    if None in ids:
        raise SchemaError(
            f"the column {column!r} lacks a value", where="event ids", expected="an id for every event"
        )
    return tuple(each or "" for each in ids)


def _times(table: pa.Table, column: str | None) -> NDArray[np.datetime64]:
    now = np.datetime64(datetime.now(UTC).replace(tzinfo=None), "us")
    if column is None:
        return np.full(table.num_rows, now)
    times = table.column(column).cast(pa.timestamp("us")).to_numpy()
    return np.where(np.isnat(times), now, times)
