"""The events that a detector is held against: from files, a data set, a collection, or a log of what it scored."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources import open_source
from garrison.data.sources.base import row_numbers
from garrison.data.stores import Store, Where, open_store
from garrison.errors import SchemaError, UsageError
from garrison.monitoring.scored.events import logged_events
from garrison.monitoring.scored.layout import COLLECTION
from garrison.monitoring.scored.read import is_log
from garrison.pipelines.stages.addresses import Addresses
from garrison.pipelines.stages.named_data import data_files
from garrison.pipelines.watching.model import WatchedModel

BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Events:
    """Validated rows; ``scores`` are those that the log has of them, None where they are to be scored."""

    table: pa.Table
    scores: NDArray[np.float64] | None = None


def read_events(
    model: WatchedModel,
    data: str,
    *,
    collection: str | None,
    since: datetime | None,
    workspace: Path,
    quarantine: Quarantine,
    with_label: bool = False,
) -> Iterator[Events]:
    """The events of ``data`` from ``since`` on, batch by batch; refused rows go to ``quarantine``.

    ``data`` is a file, a folder, a data set's name, simulated:N or a store's URL. Raises ``UsageError`` for a store
    without a collection or a ``since`` without a time column, and what reading raises.
    """
    schema = model.detector.schema
    if "://" in data:
        yield from _stored(
            model,
            data,
            collection,
            since=since,
            workspace=workspace,
            quarantine=quarantine,
            with_label=with_label,
        )
        return
    check_time(schema, since)
    addresses = Addresses(schema, workspace)
    for path in data_files(data, workspace=workspace):
        source = open_source(path, schema=schema, with_label=with_label, batch_rows=BATCH_ROWS)
        if source.needs_pseudonyms:
            source.pseudonyms = addresses.pseudonyms
        for batch in source.read(quarantine):
            if batch.num_rows:
                yield Events(_from(pa.Table.from_batches([batch]), schema, since))


def check_time(schema: Schema, since: datetime | None) -> None:
    """Raise ``UsageError`` where events are asked for from a time on, and have none."""
    if since is not None and schema.time is None:
        raise UsageError(
            "the events have no time",
            where="--since",
            expected=f"a features file that names a time; that of {schema.name!r} does not",
            remedy="leave --since out, or hold a log of scored events against the detector",
        )


def _stored(
    model: WatchedModel,
    url: str,
    collection: str | None,
    *,
    since: datetime | None,
    workspace: Path,
    quarantine: Quarantine,
    with_label: bool,
) -> Iterator[Events]:
    with open_store(url) as store:
        named = collection or (COLLECTION if is_log(store, COLLECTION) else None)
        if named is None:
            raise UsageError(
                "a store has many collections, and none was named",
                where=store.address,
                expected="one of: " + (", ".join(store.collections()) or "none yet"),
                remedy="name it with --collection",
            )
        if is_log(store, named):
            if with_label:
                raise UsageError(
                    f"the collection {named!r} is a log of scored events, which has no labels",
                    where=store.address,
                    expected="labelled events",
                    remedy="name the collection they were loaded into with --collection",
                )
            yield from _logged(model, store, named, since=since, quarantine=quarantine)
            return
        yield from _collected(
            model,
            store,
            named,
            since=since,
            workspace=workspace,
            quarantine=quarantine,
            with_label=with_label,
        )


def _logged(
    model: WatchedModel, store: Store, collection: str, *, since: datetime | None, quarantine: Quarantine
) -> Iterator[Events]:
    found = logged_events(
        store,
        model.detector.schema,
        model.name,
        version=model.version,
        since=since,
        collection=collection,
        quarantine=quarantine,
    )
    for part in found:
        yield Events(part.table, part.scores)


def _collected(
    model: WatchedModel,
    store: Store,
    collection: str,
    *,
    since: datetime | None,
    workspace: Path,
    quarantine: Quarantine,
    with_label: bool,
) -> Iterator[Events]:
    schema = model.detector.schema
    check_time(schema, since)
    there = store.schema(collection)
    missing = [
        column.name
        for column in schema.kept(with_label=with_label)
        if column.name not in there.names and not column.optional
    ]
    if missing:
        raise SchemaError(
            f"the collection lacks {len(missing)} column(s): {', '.join(missing[:10])}",
            where=f"{store.address}, collection {collection}",
            expected=f"the columns that {model.title} looks at",
            remedy="name another collection",
        )
    where = Where()
    if since is not None and schema.time is not None:
        aware = getattr(there.field(schema.time).type, "tz", None) is not None
        where = Where.of(schema.time, ">=", since if aware else since.replace(tzinfo=None))
    wanted = [name for name in there.names if name in schema.wanted(with_label=with_label)]
    addresses = Addresses(schema, workspace)
    done = 0
    for batch in store.scan(collection, columns=wanted, where=where, batch_rows=BATCH_ROWS):
        rows = row_numbers(done + 1, batch.num_rows)
        done += batch.num_rows
        validated = schema.validate(addresses.hide(batch), with_label=with_label, rows=rows)
        quarantine.refuse_rows(f"collection {collection}", validated.refused, hide=addresses.hide_text)
        if validated.table.num_rows:
            yield Events(validated.table)


def _from(table: pa.Table, schema: Schema, since: datetime | None) -> pa.Table:
    if since is None or schema.time is None:
        return table
    return table.filter(
        pc.greater_equal(table.column(schema.time), pa.scalar(since, pa.timestamp("us", tz="UTC")))
    )
