"""Stage 1, ingestion: from the store to the feature store, split so that no group stands on both sides."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from garrison.data.hygiene import inspect_hygiene
from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.splits import group_ids, split_groups
from garrison.data.stores import open_store
from garrison.errors import SchemaError
from garrison.pipelines.artifact import Artifact
from garrison.pipelines.settings import IngestionSettings
from garrison.pipelines.stages.landing import Landed, land
from garrison.run.fingerprint import table_fingerprint


@dataclass(frozen=True)
class Ingestion(Artifact):
    """The feature store (``train.parquet``, ``test.parquet``) and what is known of its rows."""

    origin: str
    collection: str
    rows: int
    train_rows: int
    test_rows: int
    refused: int
    fingerprint: str
    train_fingerprint: str
    hygiene: dict[str, Any]

    def table(self, part: str) -> pa.Table:
        """The rows of ``train`` or ``test``, typed by the schema."""
        return pq.read_table(self.folder / f"{part}.parquet")


def ingest_events(
    settings: IngestionSettings,
    out: Path,
    *,
    schema: Schema,
    workspace: Path,
    quarantine_path: Path,
    seed: int,
) -> Ingestion:
    """Read the events, keep the columns the schema asks for, and split them by group.

    Refused rows are kept in ``quarantine_path`` with the reason, whatever becomes of the stage.
    """
    with Quarantine(quarantine_path) as quarantine:
        landed = land(settings, schema=schema, workspace=workspace, quarantine=quarantine)
        table = read_events(landed, schema=schema, quarantine=quarantine)
        refused = quarantine.count
    if table.num_rows == 0:
        raise SchemaError(
            "no row is left to work with",
            where=landed.origin,
            expected="rows that fit the features file",
            remedy=f"read the reasons in {quarantine_path}" if refused else "check the file",
        )
    labels = schema.labels(table)
    split = split_groups(labels, group_ids(table, schema), test_share=settings.test_share, seed=seed)
    parts = {"train": table.take(pa.array(split.train)), "test": table.take(pa.array(split.test))}
    for name, part in parts.items():
        pq.write_table(part, out / f"{name}.parquet", compression="zstd")
    return Ingestion(
        folder=out,
        origin=landed.origin,
        collection=landed.collection,
        rows=table.num_rows,
        train_rows=parts["train"].num_rows,
        test_rows=parts["test"].num_rows,
        refused=refused,
        fingerprint=table_fingerprint(table),
        train_fingerprint=table_fingerprint(parts["train"]),
        hygiene=asdict(inspect_hygiene(table, schema)),
    )


def read_events(landed: Landed, *, schema: Schema, quarantine: Quarantine) -> pa.Table:
    """All rows of a collection that are what the schema says; the others go to the quarantine.

    Raises ``SchemaError`` when the collection lacks a column.
    """
    kept = []
    wanted = [column.name for column in schema.kept()]
    with open_store(landed.store) as store:
        there = store.schema(landed.collection).names
        missing = [name for name in wanted if name not in there]
        if missing:
            raise SchemaError(
                f"the collection lacks {len(missing)} column(s): {', '.join(missing[:10])}",
                where=landed.origin,
                expected=f"the columns of the features file of {schema.name!r}",
                remedy="name another collection, or give the right features file (ingestion.features)",
            )
        for batch in store.scan(landed.collection, columns=wanted):
            validated = schema.validate(batch)
            for fault in validated.refused.to_pylist():
                quarantine.refuse(
                    landed.origin, fault["row"], f"{fault['column']}: {fault['reason']}", fault["value"]
                )
            kept.append(validated.table)
    return pa.concat_tables(kept)
