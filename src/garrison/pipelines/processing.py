"""From raw to processed: events checked, pseudonymised, put in order of time, with the past of their source.

What was made can be thrown away: the same raw files, features file, settings and key give the same bytes again.
"""

import contextlib
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import garrison
from garrison.data.batches import rebatched
from garrison.data.casting import what_is_read
from garrison.data.pseudonym_key import PLACE, read_key
from garrison.data.pseudonyms import Pseudonyms
from garrison.data.quarantine import Quarantine
from garrison.data.repeated_rows import RepeatedRows
from garrison.data.schema import Schema
from garrison.data.simulated import simulated_rows
from garrison.data.time_order import TimeOrder, late_rows
from garrison.data.windows_spec import Windows
from garrison.errors import SchemaError, SourceError, UsageError
from garrison.features.live_windows import LiveWindows
from garrison.files import atomic_file, canonical_json, output_errors, sha256_of, write_json
from garrison.pipelines.processing_settings import ProcessingSettings
from garrison.pipelines.raw_input import RawFile, raw_input
from garrison.progress import progress, say
from garrison.run.lock import FolderLock

GROUP_ROWS = 131_072
"""Rows of one group of the processed file, whatever the size of a batch."""
METADATA = "garrison.processed"
"""The key of the Parquet file's metadata under which the facts lie, as JSON."""


@dataclass(frozen=True)
class Processed:
    """A processed file, and what became of the rows of the raw ones; ``read`` = ``rows`` + ``refused`` + ``dropped``.

    ``out_of_order`` rows were earlier than one above them in their file; ``repeated`` rows were equal to an earlier
    one, and ``dropped`` are those of them that were left out. ``in_the_future`` are among the ``refused``. ``left_out``
    counts what the files hold besides rows, by what it is.
    """

    path: Path
    facts_path: Path
    refused_path: Path
    rows: int
    read: int
    refused: int
    reasons: dict[str, int]
    in_the_future: int
    out_of_order: int
    repeated: int
    dropped: int
    left_out: dict[str, int]
    pseudonyms: str | None
    sha256: str


def process(
    raw: Path, out: Path, *, settings: ProcessingSettings, features: Path, key: Path = PLACE
) -> Processed:
    """Make the processed file ``out`` (Parquet) from ``raw``, a file or a folder of files.

    Beside it lie ``OUT.json`` with the facts (digests of what it was made from, settings, counts) and, where rows were
    refused, ``OUT.refused.jsonl``. Memory is bounded by a batch, a window and 256 MiB for sorting. Addresses are
    replaced under the key of the environment, else that of the file ``key``, which is made when it is not there.

    Raises:
        UsageError: ``out`` is no Parquet file or lies in the raw folder, or there is a key that is none.
        SourceError: nothing to read, or a file that cannot be read.
        SchemaError: columns are not what the features file says, or no row is.
        IntegrityError: a raw file was changed.
        RunBusy: another process is making the same file.
    """
    if out.suffix.lower() != ".parquet":
        raise UsageError(
            f"the name's ending {out.suffix!r} is not that of a Parquet file",
            where=str(out),
            expected="a name that ends in .parquet",
        )
    schema = Schema.read(features)
    if schema.time is None:
        raise SchemaError(
            "the features file names no time, so that events cannot be put in order",
            where=str(features),
            expected="'time': the name of a timestamp column",
            remedy="add it; a table without times needs no processing and can be trained on as it is",
        )
    files = raw_input(raw, schema=schema, settings=settings, out=out)
    pseudonyms = _pseudonyms(key) if any(file.source.needs_pseudonyms for file in files) else None
    for file in files:
        file.source.pseudonyms = pseudonyms
    refused_path = out.with_name(out.name + ".refused.jsonl")
    with _work_folder(out) as folder:
        with Quarantine(refused_path) as quarantine:
            order = TimeOrder(folder, schema.arrow_schema(with_label=settings.labels), time=schema.time)
            read = [_read(file, order, quarantine) for file in files]
        if not order.rows:
            raise _nothing_left(raw, refused_path, quarantine.reasons)
        facts: dict[str, Any] = {
            "garrison": garrison.__version__,
            "raw": read,
            "features": {"name": schema.name, "sha256": sha256_of(features)},
            "settings": settings.model_dump(mode="json", exclude={"features", "batch_rows"}),
            "pseudonyms": pseudonyms.fingerprint if pseudonyms else None,
        }
        counts = {
            "read": order.rows + quarantine.count,
            "refused": quarantine.count,
            "reasons": dict(sorted(quarantine.reasons.items())),
            "in_the_future": quarantine.reasons[f"{schema.time}: in the future"],
            "out_of_order": sum(one["out_of_order"] for one in read),
            "left_out": dict(sorted(sum((Counter(one["left_out"]) for one in read), Counter()).items())),
        }
        windows = schema.windows if settings.windows else None
        written = _write(out, order, settings, windows, facts, counts)
    if not quarantine.count:
        with output_errors(refused_path):
            refused_path.unlink(missing_ok=True)
    facts_path = out.with_name(out.name + ".json")
    digest = sha256_of(out)
    write_json(facts_path, {**written, "sha256": digest})
    return Processed(
        path=out,
        facts_path=facts_path,
        refused_path=refused_path,
        pseudonyms=facts["pseudonyms"],
        sha256=digest,
        **written["counts"],
    )


def _pseudonyms(key: Path) -> Pseudonyms:
    found = read_key(key)
    if found.made:
        say(f"a key for pseudonyms was made: {found.origin}; keep it, and keep it away from the data")
    return found.pseudonyms


@contextlib.contextmanager
def _work_folder(out: Path) -> Iterator[Path]:
    """A folder beside ``out`` for this process alone, empty at first and gone in the end; one that a killed process
    left is taken over."""
    folder = out.with_name(f".{out.name}.work")
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder / "lock"):
        try:
            inside = folder / "rows"
            with output_errors(inside):
                shutil.rmtree(inside, ignore_errors=True)
                inside.mkdir()
            yield inside
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _read(file: RawFile, order: TimeOrder, quarantine: Quarantine) -> dict[str, Any]:
    """Keep the good rows of one raw file in ``order``; gives what is known of the file."""
    rows, refused, out_of_order = order.rows, quarantine.count, 0
    latest: int | None = None
    with progress(f"reading {file.name}") as advance, file.unchanged():
        for part in file.source.numbered(quarantine, trim=True):
            batch = part.batch.select(order.schema.names)
            late, latest = late_rows(batch.column(order.time), latest)
            out_of_order += late
            order.add(batch)
            advance(batch.num_rows)
    return {
        "name": file.name,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "rows": order.rows - rows,
        "refused": quarantine.count - refused,
        "out_of_order": out_of_order,
        "left_out": dict(sorted(file.source.left_out.items())),
    }


def _write(
    out: Path,
    order: TimeOrder,
    settings: ProcessingSettings,
    windows: Windows | None,
    facts: dict[str, Any],
    counts: dict[str, Any],
) -> dict[str, Any]:
    """Write the rows in order with what is added to them; gives the facts with all counts."""
    live = LiveWindows(windows, time=order.time) if windows else None
    repeats = RepeatedRows(order.time)
    simulated = False
    repeated = kept = 0

    def finished() -> Iterator[pa.RecordBatch]:
        nonlocal simulated, repeated
        for batch in order.read(settings.batch_rows):
            table = pa.Table.from_batches([batch])
            again = repeats.among(table)
            repeated += int(again.sum())
            if settings.deduplicate and again.any():
                table = table.filter(pa.array(~again))
            simulated = simulated or simulated_rows(table) > 0
            if live is not None:
                past = live.columns(table)
                for name in past.column_names:
                    table = table.append_column(name, past.column(name))
            yield from table.combine_chunks().to_batches()

    columns = order.schema
    for name in windows.names if windows else ():
        columns = columns.append(pa.field(name, pa.int64()))
    with (
        progress("writing", total=order.rows) as advance,
        atomic_file(out) as temporary,
        # Without a copy of the Arrow schema, what is added at the end counts as the schema's metadata.
        pq.ParquetWriter(temporary, columns, compression="zstd", store_schema=False) as writer,
    ):
        for batch in rebatched(finished(), GROUP_ROWS):
            writer.write_batch(batch, row_group_size=GROUP_ROWS)
            kept += batch.num_rows
            advance(batch.num_rows)
        counts = {**counts, "rows": kept, "repeated": repeated, "dropped": order.rows - kept}
        facts = {**facts, "simulated": simulated, "counts": counts}
        metadata = {METADATA: canonical_json(facts), "garrison.simulated": str(simulated).lower()}
        writer.add_key_value_metadata(metadata)
    return facts


def _nothing_left(raw: Path, refused: Path, reasons: Counter[str]) -> SchemaError | SourceError:
    if not reasons:
        return SourceError("there are no rows to process", where=str(raw), expected="rows after the header")
    reason, count = reasons.most_common(1)[0]
    return SchemaError(
        f"no row is what the features file says; {count:,} of {reasons.total():,} are refused by: {reason}",
        where=str(raw),
        expected=what_is_read(reason) or "rows that fit the features file",
        remedy=f"read the reasons in {refused}",
    )
