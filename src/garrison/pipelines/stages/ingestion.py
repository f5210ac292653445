"""Stage 1, ingestion: from the store to the feature store, split so that the test part is new to what was learnt."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from garrison.data.catalogue.traps import known_caveats, known_traps
from garrison.data.hygiene import inspect_hygiene
from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.simulated import simulated_rows
from garrison.data.sources.base import row_numbers
from garrison.data.stores import open_store
from garrison.errors import SchemaError
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.settings import IngestionSettings
from garrison.pipelines.stages.addresses import Addresses
from garrison.pipelines.stages.landing import Landed, land, land_tests
from garrison.pipelines.stages.splitting import split_events
from garrison.run.fingerprint import table_fingerprint


@dataclass(frozen=True)
class Ingestion(Artifact):
    """The feature store (``train.parquet``, ``test.parquet``) and what is known of its rows.

    ``split`` says how the test part was found; ``further`` are more test parts, in ``further_NAME.parquet``;
    ``caveats`` are what is known of the data beforehand.
    """

    origin: str
    collection: str
    rows: int
    train_rows: int
    test_rows: int
    refused: int
    fingerprint: str
    train_fingerprint: str
    hygiene: dict[str, Any]
    split: str
    further: list[str]
    caveats: list[str]

    def table(self, part: str) -> pa.Table:
        """The rows of ``train`` or ``test``, typed by the schema."""
        return pq.read_table(self.folder / f"{part}.parquet")

    def further_table(self, part: str) -> pa.Table:
        """The rows of a further test part."""
        return pq.read_table(self.folder / f"further_{part}.parquet")


def ingest_events(
    settings: IngestionSettings,
    out: Path,
    *,
    schema: Schema,
    workspace: Path,
    quarantine_path: Path,
    seed: int,
) -> Ingestion:
    """Read the events, keep the columns the schema asks for, and split them.

    Refused rows are kept in ``quarantine_path`` with the reason, whatever becomes of the stage. Raises ``SchemaError``
    when the schema makes a feature of a column that is known to tell the label.
    """
    known = known_traps(schema)
    with Quarantine(quarantine_path) as quarantine:
        landed = land(settings, schema=schema, workspace=workspace, quarantine=quarantine, seed=seed)
        table = read_events(landed, schema=schema, quarantine=quarantine)
        rows_read = table.num_rows + quarantine.count
        tests = {
            name: read_events(each, schema=schema, quarantine=quarantine)
            for name, each in land_tests(
                settings, schema=schema, workspace=workspace, quarantine=quarantine
            ).items()
        }
        refused = quarantine.count
    if table.num_rows == 0:
        raise SchemaError(
            "no row is left to work with",
            where=landed.origin,
            expected="rows that fit the features file",
            remedy=f"read the reasons in {quarantine_path}" if refused else "check the file",
        )
    parts = split_events(settings, table, tests, schema=schema, seed=seed)
    for name, part in (("train", parts.train), ("test", parts.test)):
        pq.write_table(part, out / f"{name}.parquet", compression="zstd")
    for name, part in parts.further.items():
        pq.write_table(part, out / f"further_{name}.parquet", compression="zstd")
    both = pa.concat_tables([parts.train, parts.test])
    caveats = known_caveats(known, rows_read)
    return Ingestion(
        folder=out,
        origin=landed.origin,
        collection=landed.collection,
        rows=both.num_rows,
        train_rows=parts.train.num_rows,
        test_rows=parts.test.num_rows,
        refused=refused,
        fingerprint=table_fingerprint(both),
        train_fingerprint=table_fingerprint(parts.train),
        hygiene=asdict(inspect_hygiene(both, schema)),
        split=parts.how,
        further=list(parts.further),
        caveats=[*caveats, *parts.caveats, *simulated_caveats(both)],
    )


def read_events(
    landed: Landed, *, schema: Schema, quarantine: Quarantine, with_label: bool = True
) -> pa.Table:
    """All rows of a collection that are what the schema says; the others go to the quarantine.

    Rows are named by their place in the collection. ``with_label`` false leaves the truth out, and asks for none.

    Raises ``SchemaError`` when the collection lacks a column.
    """
    kept = []
    done = 0
    addresses = Addresses(schema, landed.workspace)
    with open_store(landed.store) as store:
        there = store.schema(landed.collection).names
        missing = [
            column.name
            for column in schema.kept(with_label=with_label)
            if column.name not in there and not column.optional
        ]
        if missing:
            raise SchemaError(
                f"the collection lacks {len(missing)} column(s): {', '.join(missing[:10])}",
                where=landed.origin,
                expected=f"the columns of the features file of {schema.name!r}",
                remedy="name another collection, or give the right features file (ingestion.features)",
            )
        wanted = [name for name in there if name in schema.wanted(with_label=with_label)]
        for batch in store.scan(landed.collection, columns=wanted):
            rows = row_numbers(done + 1, batch.num_rows)
            done += batch.num_rows
            validated = schema.validate(addresses.hide(batch), with_label=with_label, rows=rows)
            quarantine.refuse_rows(landed.origin, validated.refused, hide=addresses.hide_text)
            kept.append(validated.table)
    return pa.concat_tables(kept)


def simulated_caveats(table: pa.Table) -> list[str]:
    """What to say where events were made up by the simulator."""
    made = simulated_rows(table)
    if not made:
        return []
    return [f"{made:,} of {table.num_rows:,} events are simulated: no figure says anything of real traffic"]
