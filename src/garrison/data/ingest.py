"""A file into a store: cleaned, typed, once."""

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from garrison.data.batches import ahead
from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources.base import Numbered, Source
from garrison.data.stores.base import Store
from garrison.data.validate import BOOKKEEPING
from garrison.errors import SchemaError, SourceError
from garrison.progress import progress

LOAD_COLUMN, ROW_COLUMN = BOOKKEEPING


@dataclass(frozen=True)
class Ingested:
    """What became of the rows of one file; ``rows_read`` = ``inserted`` + ``already_there`` + ``refused``."""

    rows_read: int
    inserted: int
    already_there: int
    refused: int
    reasons: Mapping[str, int]
    digest: str


def ingest(
    source: Source,
    store: Store,
    collection: str,
    *,
    schema: Schema | None = None,
    key: Sequence[str] | None = None,
    quarantine: Quarantine | None = None,
) -> Ingested:
    """Load the rows of ``source`` into ``collection``; loading the same file again changes nothing.

    White space around text goes, empty text becomes missing, values take the schema's types. Rows that are
    not what the schema says go to ``quarantine``; without one, the first is a ``SourceError``. Without a
    ``key`` a row is known by two columns added here: ``_load``, the first 16 hexadecimal digits of the
    file's SHA-256, and ``_row``, its number in the file. So a load that broke can be repeated, and puts in
    what is missing. A file without rows is a ``SourceError``; a ``key`` that names no column a
    ``SchemaError``.
    """
    if schema is not None:
        source.schema = schema
    already_refused = Counter(quarantine.reasons) if quarantine else Counter[str]()
    accepted = inserted = already_there = 0
    # Closed before anyone closes the quarantine: the rows that are read ahead may still be refused.
    coming = ahead(_filled(source.numbered(quarantine, trim=True), source.batch_rows))
    with progress(f"ingesting {source.name}") as advance, contextlib.closing(coming) as parts:
        for part in parts:
            batch = _with_key(part, source.digest[:16]) if key is None else _checked(part.batch, key, source)
            if not batch.num_rows:
                continue
            appended = store.append(collection, batch, key=BOOKKEEPING if key is None else key)
            accepted += batch.num_rows
            inserted += appended.inserted
            already_there += appended.already_there
            advance(batch.num_rows)
    reasons = Counter(quarantine.reasons) if quarantine else Counter[str]()
    reasons.subtract(already_refused)
    reasons = +reasons
    if not accepted and not reasons:
        raise SourceError("the file has no rows", where=str(source.path), expected="rows after the header")
    return Ingested(
        rows_read=accepted + reasons.total(),
        inserted=inserted,
        already_there=already_there,
        refused=reasons.total(),
        reasons=dict(reasons),
        digest=source.digest,
    )


def _filled(parts: Iterator[Numbered], size: int) -> Iterator[Numbered]:
    """The parts as batches of ``size`` rows, but for the last: whole row groups are what a store writes fastest."""
    held: list[Numbered] = []
    for part in parts:
        if held and part.batch.schema != held[0].batch.schema:
            yield _joined(held)
            held = []
        held.append(part)
        while sum(each.batch.num_rows for each in held) >= size:
            whole = _joined(held)
            yield Numbered(whole.rows[:size], whole.batch.slice(0, size))
            held = [Numbered(whole.rows[size:], whole.batch.slice(size))]
    if held:
        yield _joined(held)


def _joined(parts: list[Numbered]) -> Numbered:
    if len(parts) == 1:
        return parts[0]
    rows = pa.concat_arrays([part.rows for part in parts])
    return Numbered(rows, pa.concat_batches([part.batch for part in parts]))


def _with_key(part: Numbered, load: str) -> pa.RecordBatch:
    clash = [name for name in BOOKKEEPING if name in part.batch.schema.names]
    if clash:
        raise SchemaError(
            f"a column is called {clash[0]!r}, the name of one that is added here",
            expected="other names than " + " and ".join(BOOKKEEPING),
            remedy="rename the column, or leave it out by a features file",
        )
    loads = pa.repeat(pa.scalar(load), part.batch.num_rows)
    return pa.RecordBatch.from_arrays(
        [loads, part.rows, *part.batch.columns], [LOAD_COLUMN, ROW_COLUMN, *part.batch.schema.names]
    )


def _checked(batch: pa.RecordBatch, key: Sequence[str], source: Source) -> pa.RecordBatch:
    missing = [name for name in key if name not in batch.schema.names]
    if missing:
        raise SchemaError(
            f"the key column {missing[0]!r} is not there",
            where=str(source.path),
            expected="one of " + ", ".join(batch.schema.names),
        )
    return batch
