"""Whose rows are asked about: files that say who learnt from what, else the detector's run, else random halves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from garrison.errors import ModelError, UsageError
from garrison.pipelines.privacy.asked import Asked
from garrison.pipelines.privacy.sides import (
    Sides,
    sides_of_data,
    sides_of_files,
    sides_of_run,
    sides_of_table,
)
from garrison.pipelines.watching.model import WatchedModel
from garrison.run.redaction import redact


def choose_sides(
    asked: Asked, watched: WatchedModel, *, workspace: Path, table: pa.Table | None = None
) -> Sides:
    """The rows, and what is known of them; ``UsageError`` where too little is, ``ModelError`` without labels.

    ``table`` are the validated rows that ``asked.data`` names, where somebody has read them already.
    """
    if watched.detector.schema.label is None:
        raise ModelError(
            f"{watched.title} was trained without labels: its schema does not say which events are malicious",
            expected="a detector whose features file has a label",
        )
    if asked.members is not None and asked.others is not None:
        return sides_of_files(
            watched, asked.members, asked.others, workspace=workspace, collection=asked.collection
        )
    recipe = asked.protocol == "recipe"
    known = None
    if not recipe or (asked.data is None and table is None):
        known = sides_of_run(watched, workspace=workspace)
    if known is not None:
        return _halves(known) if recipe else known
    if table is not None and asked.protocol != "model":
        return sides_of_table(watched, table, redact(asked.data or "the rows given"))
    if asked.data is not None and asked.protocol != "model":
        return sides_of_data(watched, asked.data, workspace=workspace, collection=asked.collection)
    raise UsageError(
        f"the rows that {watched.title} has learnt from are not known",
        where=str(workspace / "runs"),
        expected="the run that trained it, or its rows by name (--members and --others)",
        remedy="attack its recipe on data like its own: --data DATA"
        + (" --protocol recipe" if asked.protocol == "model" else ""),
    )


def _halves(known: Sides) -> Sides:
    """The same rows, of which models will be trained on random halves."""
    return replace(
        known,
        protocol="recipe",
        origin=f"random halves of {known.origin}",
        learnt=np.zeros(known.table.num_rows, dtype=np.bool_),
    )
