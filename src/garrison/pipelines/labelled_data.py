"""Labelled events by the name a person gives them, checked by a detector's schema; refused rows are kept apart."""

from pathlib import Path

import pyarrow as pa

from garrison.data.quarantine import Quarantine
from garrison.errors import DataError, ModelError
from garrison.pipelines.watching.events import read_events
from garrison.pipelines.watching.model import WatchedModel
from garrison.progress import progress
from garrison.run.redaction import redact

REFUSED = Path("attacks") / "refused.jsonl"
"""Where refused rows are listed, in the workspace."""


def read_labelled(
    watched: WatchedModel, data: str, *, collection: str | None, workspace: Path, keep: bool = False
) -> tuple[pa.Table, int]:
    """The rows of ``data`` with their labels, and how many were refused; ``keep`` adds them to those listed before.

    Raises ``ModelError`` for a detector without labels, ``DataError`` where no row is left, and what reading raises.
    """
    if watched.detector.schema.label is None:
        raise ModelError(
            f"{watched.title} was trained without labels: its schema does not say which events are malicious",
            expected="a detector whose features file has a label",
        )
    found: list[pa.Table] = []
    with (
        Quarantine(workspace / REFUSED, keep=keep) as quarantine,
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
        raise DataError("there are no events to attack", where=redact(data), expected="one row or more")
    return pa.concat_tables(found), quarantine.count
