"""Events in, scores out: batch by batch, a shard a batch, so that a scoring that is broken off goes on where it was."""

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

import garrison
from garrison.data.batches import ahead, rebatched
from garrison.data.quarantine import Quarantine
from garrison.detection import Detector
from garrison.errors import SchemaError, SourceError, UsageError
from garrison.features import LiveEvents, Remembering
from garrison.files import atomic_file, output_errors
from garrison.progress import progress
from garrison.run.lock import FolderLock
from garrison.serving.batch.as_numbers import events_of, in_time, numbers_of
from garrison.serving.batch.inputs import Input
from garrison.serving.batch.kept import PLACES, SCORE, VERDICT, kept_columns
from garrison.serving.batch.outputs import writer_for
from garrison.serving.batch.scorer import Scorer, score_part
from garrison.serving.batch.shards import Shards
from garrison.spread import as_done, cluster_at_hand

BATCH_ROWS = 65_536
"""Rows that are scored at a time; more are not faster, and take more memory."""
MOST_BATCH_ROWS = 1_048_576

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """A file of scores, and what became of the rows; ``alerts`` of the ``rows`` are flagged.

    ``resumed_rows`` were scored before the scoring was broken off; ``seconds`` are of this part alone.
    """

    path: Path
    refused_path: Path
    rows: int
    refused: int
    reasons: dict[str, int]
    alerts: int
    resumed_rows: int
    seconds: float

    @property
    def rows_per_second(self) -> float:
        """How many rows were scored a second, from the first to the last byte."""
        return (self.rows - self.resumed_rows) / max(self.seconds, 1e-9)


def score_batch(
    detector: Detector,
    data: Input,
    out: Path,
    *,
    keep: Sequence[str] = (),
    batch_rows: int = BATCH_ROWS,
    jobs: int = 1,
    identity: str = "",
) -> Scored:
    """Score every row of ``data`` into ``out``, a Parquet, CSV or JSON Lines file by its name.

    Its columns are the row's number (and file), the schema's context, those in ``keep``, score and verdict; where the
    detector looks at what happened before, its rows are in order of time, else in that of the data. Refused rows go to
    ``OUT.refused.jsonl``. Finished shards lie in ``OUT.partial`` until ``out`` is whole: broken off and begun again,
    the same data, detector and arguments give the same bytes. ``identity`` names the detector beside its training data.

    Raises:
        UsageError: the name tells no format, a column cannot be kept, or a batch has too few or too many rows.
        SourceError, SchemaError: the data cannot be read, or not one row of them is what the schema says.
        RunBusy: another process is scoring into the same file.
        OutputError: the disk refuses.
    """
    write = writer_for(out)
    if not 1 <= batch_rows <= MOST_BATCH_ROWS:
        raise UsageError(f"batches of {batch_rows:,} rows", expected=f"1 to {MOST_BATCH_ROWS:,}")
    if data.prepared and keep:
        raise UsageError(
            "prepared numbers have no columns to keep",
            expected="rows known by their number",
            remedy="leave --keep out, or score the events themselves",
        )
    kept = () if data.prepared else kept_columns(detector.schema, keep)
    refused_path = refused_beside(out)
    started = time.perf_counter()
    folder = partial_beside(out)
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder / "lock"):
        shards = Shards(
            folder,
            {
                "garrison": garrison.__version__,
                "detector": [detector.name, detector.training_fingerprint, identity],
                "threshold": detector.threshold.value,
                "data": data.identity(),
                "kept": list(kept),
                "batch_rows": batch_rows,
            },
        )
        with Quarantine(refused_path) as quarantine:
            count, resumed = _fill(shards, detector, data, quarantine, kept, batch_rows, jobs)
        if not count:
            raise _nothing_scored(detector, quarantine)
        rows, alerts = _join(shards, count, out, write)
        if not quarantine.count:
            with output_errors(refused_path):
                refused_path.unlink(missing_ok=True)
        shards.remove()
    return Scored(
        path=out,
        refused_path=refused_path,
        rows=rows,
        refused=quarantine.count,
        reasons=dict(sorted(quarantine.reasons.items())),
        alerts=alerts,
        resumed_rows=resumed,
        seconds=time.perf_counter() - started,
    )


def refused_beside(out: Path) -> Path:
    """Where the rows go that are refused when ``out`` is written."""
    return out.with_name(out.name + ".refused.jsonl")


def partial_beside(out: Path) -> Path:
    """The folder of what is scored before ``out`` is whole."""
    return out.with_name(out.name + ".partial")


def _fill(
    shards: Shards,
    detector: Detector,
    data: Input,
    quarantine: Quarantine,
    kept: tuple[str, ...],
    batch_rows: int,
    jobs: int,
) -> tuple[int, int]:
    """Score what no shard holds yet; how many shards there are then, and how many rows were there before."""
    processor = detector.processor
    live = processor.live() if isinstance(processor, Remembering) and not data.prepared else None
    scorer = Scorer.of(detector, jobs=jobs if cluster_at_hand() is None else 1)
    waiting: dict[int, tuple[int, pa.RecordBatch]] = {}
    count = resumed = 0
    # Closed before anyone closes the quarantine: the rows that are read ahead may still be refused.
    with contextlib.ExitStack() as stack:
        coming = stack.enter_context(contextlib.closing(ahead(data.batches(quarantine))))
        batches: Iterator[pa.RecordBatch] = coming
        if isinstance(live, LiveEvents) and live.windows is not None:
            batches = stack.enter_context(in_time(coming, shards.folder, detector, batch_rows))
        advance = stack.enter_context(progress("scoring"))

        def to_score() -> Iterator[tuple[pa.Table | Floats]]:
            """What no shard holds: events, or their numbers where these depend on what came before."""
            places = itertools.count()
            nonlocal count, resumed
            for batch in rebatched(batches, batch_rows):
                count += 1
                if shards.has(count - 1):
                    resumed += batch.num_rows
                    if isinstance(live, LiveEvents):
                        live.with_past(events_of(batch, detector))
                    advance(batch.num_rows)
                    continue
                waiting[next(places)] = count - 1, batch
                if live is None and not data.prepared:
                    yield (events_of(batch, detector),)
                else:
                    yield (numbers_of(batch, detector, live.transform if live else processor.transform),)

        done = stack.enter_context(contextlib.closing(as_done(score_part, to_score(), shared=(scorer,))))
        for place, scores in done:
            number, batch = waiting.pop(place)
            shards.write(number, _scored(batch, scores, detector, kept))
            advance(batch.num_rows)
    return count, resumed


def _scored(batch: pa.RecordBatch, scores: Floats, detector: Detector, kept: tuple[str, ...]) -> pa.Table:
    names = [name for name in (*PLACES, *kept) if name in batch.schema.names]
    columns = [batch.column(batch.schema.names.index(name)) for name in names]
    verdicts = pa.array(scores >= detector.threshold.value)
    return pa.table([*columns, pa.array(scores), verdicts], names=[*names, SCORE, VERDICT])


def _join(shards: Shards, count: int, out: Path, write: Callable[..., Any]) -> tuple[int, int]:
    """Write the shards into ``out``; how many rows they have, and how many of these are flagged."""
    rows = alerts = 0
    tables = shards.read(count)
    first = next(tables)
    with (
        progress("writing", total=count) as advance,
        atomic_file(out) as temporary,
        write(temporary, first.schema) as add,
    ):
        for table in _from(first, tables):
            add(table)
            rows += table.num_rows
            alerts += pc.sum(table.column(VERDICT)).as_py() or 0
            advance(1)
    return rows, alerts


def _from(first: pa.Table, rest: Iterator[pa.Table]) -> Iterator[pa.Table]:
    yield first
    yield from rest


def _nothing_scored(detector: Detector, quarantine: Quarantine) -> SchemaError | SourceError:
    if not quarantine.count:
        return SourceError("there are no rows to score", expected="rows after the header")
    reason, count = quarantine.reasons.most_common(1)[0]
    return SchemaError(
        f"all {quarantine.count:,} rows are refused, {count:,} of them by: {reason}",
        expected=f"rows that fit the schema {detector.schema.name!r}",
        remedy=f"read the reasons in {quarantine.path}",
    )
