"""Labelled events for judging and attacking a model, read as its schema types them."""

from pathlib import Path

import pyarrow as pa

from garrison.data.quarantine import Quarantine
from garrison.errors import DataError, ModelError
from garrison.pipelines.watching.events import read_events
from garrison.pipelines.watching.model import WatchedModel
from garrison.progress import progress
from garrison.run.redaction import redact


def labelled_events(
    watched: WatchedModel,
    data: str,
    *,
    collection: str | None,
    workspace: Path,
    refused: Path,
    keep: bool = False,
) -> tuple[pa.Table, int]:
    """The rows of ``data`` with their labels, and how many were refused into the file ``refused`` of the workspace.

    ``keep`` adds them to those that are listed there.

    Raises ``ModelError`` for a detector without labels, ``DataError`` where there are no rows, and what reading raises.
    """
    found: list[pa.Table] = []
    if watched.detector.schema.label is None:
        raise ModelError(
            f"{watched.title} was trained without labels: its schema does not say which events are malicious",
            expected="a detector whose features file has a label",
        )
    with (
        Quarantine(workspace / refused, keep=keep) as quarantine,
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
        count = quarantine.count
        raise DataError(
            "there are no events to attack or to judge by"
            + (f": all {count:,} rows were refused" if count else ""),
            where=redact(data),
            expected="one row or more",
            remedy=f"read the reasons in {workspace / refused}" if count else "name the data that you meant",
        )
    return pa.concat_tables(found), quarantine.count
