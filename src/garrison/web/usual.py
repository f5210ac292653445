"""What is usual, from what a detector keeps of its training data: an event to begin with, and rows to compare with.

A detector keeps sketches, and no row of its training data. Rows are drawn from them column by column, as if columns had
nothing to do with each other: good enough to say what a score stands out by, while nothing was scored yet.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.data.schema import Column, Schema
from garrison.detection import Detector
from garrison.errors import GarrisonError
from garrison.features.clock import CLOCK_NAMES
from garrison.monitoring import Reference
from garrison.monitoring.cells import Numbers
from garrison.monitoring.reference import Summary

ROWS = 64
AN_ADDRESS = "192.0.2.7"
A_URL = "http://example.com/login?next=/account"

Floats = NDArray[np.float64]


def usual_event(schema: Schema, reference: Reference | None) -> dict[str, Any]:
    """An event of the schema's fields: the middle of each column's training values, or something of its type."""
    columns = reference.columns if reference else {}
    return {
        column.name: _usual(column, columns.get(column.name))
        for column in schema.kept(with_label=False)
        if not (column.role in ("context", "attack") and column.optional)
    }


def usual_numbers(detector: Detector, reference: Reference, table: pa.Table) -> Floats | None:
    """Rows (64, d) as the processor gives them, drawn from the reference; None where it says too little.

    What the reference does not know, as when it happened, is that of the first row of ``table``, missing without any.
    """
    names, draw = detector.processor.names, np.random.default_rng(0)
    if {*names} <= {*reference.columns}:
        columns = [_drawn(reference.columns[name], draw) for name in names]
        if all(isinstance(each, np.ndarray) for each in columns):
            return np.column_stack(columns)
        return None
    schema = detector.schema
    drawn: dict[str, pa.Array] = {}
    for column in schema.kept(with_label=False):
        known = reference.columns.get(column.name)
        if known is not None:
            drawn[column.name] = _typed(_drawn(known, draw), column)
        elif column.role != "feature" or column.name in CLOCK_NAMES:
            there = table.num_rows and column.name in table.column_names
            first = table.column(column.name)[0] if there else None
            drawn[column.name] = (
                pa.repeat(first, ROWS) if first is not None else pa.nulls(ROWS, column.arrow_type)
            )
        else:
            return None
    for name in schema.window_names:
        if name not in reference.columns:
            return None
        drawn[name] = pa.array(np.rint(_drawn(reference.columns[name], draw)).astype(np.int64))
    try:
        return detector.processor.transform(pa.table(drawn))
    except GarrisonError:
        return None


def _usual(column: Column, known: Summary | None) -> Any:
    if isinstance(known, Numbers) and known.rows and len(known.cuts):
        place = int(known.upto.searchsorted(known.rows / 2))
        middle = float(known.cuts[min(place, len(known.cuts) - 1)])
        return round(middle) if column.type == "integer" else float(f"{middle:.6g}")
    if known is not None and not isinstance(known, Numbers) and known.counts:
        counts = known.counts
        return _value(max(counts, key=lambda name: counts[name]), column)
    return column.allowed[0] if column.allowed else _of_its_type(column)


def _of_its_type(column: Column) -> Any:
    if column.type == "string":
        return AN_ADDRESS if column.pseudonym else A_URL if "url" in column.name.lower() else ""
    if column.type == "timestamp":
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if column.type == "boolean":
        return False
    return column.minimum if isinstance(column.minimum, int | float) else 0


def _value(text: str, column: Column) -> Any:
    if column.type == "boolean":
        return text == "true"
    return pa.scalar(text).cast(column.arrow_type).as_py()


def _drawn(known: Summary, draw: np.random.Generator) -> Any:
    """64 values of a column: floats (64,), or texts."""
    if isinstance(known, Numbers):
        if not len(known.cuts):
            return np.zeros(ROWS)
        ranks = draw.uniform(0, max(known.rows, 1), ROWS)
        return known.cuts[np.minimum(np.searchsorted(known.upto, ranks), len(known.cuts) - 1)]
    counts: Mapping[str, int] = known.counts
    total = sum(counts.values())
    if not total:
        return [None] * ROWS
    shares = np.array([*counts.values()], dtype=np.float64) / total
    return [[*counts][place] for place in draw.choice(len(counts), ROWS, p=shares)]


def _typed(values: Any, column: Column) -> pa.Array:
    if isinstance(values, np.ndarray):
        numbers = np.rint(values) if column.type == "integer" else values
        return pa.array(numbers).cast(column.arrow_type)
    if column.type == "boolean":
        return pa.array([None if value is None else value == "true" for value in values])
    return pa.array(values, pa.string()).cast(column.arrow_type)
