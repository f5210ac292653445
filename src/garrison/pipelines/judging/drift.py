"""Drift: how far these events are from training, and what a sensor that measures otherwise would do to the verdicts."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from garrison.assurance.figure_names import KINDS
from garrison.assurance.scorecard import Figure, Grid, Part
from garrison.data.schema import Column
from garrison.errors import ModelError
from garrison.evaluation import share_interval
from garrison.features import UrlProcessor
from garrison.monitoring import Current, Reference, Watch, find_drift
from garrison.monitoring.spread import spread_of
from garrison.pipelines.judging.subject import Bools, Floats, Subject

ROWS = 2_000
"""Events that are shifted, at most; half of them malicious."""
SHOWN = 15
BATCH_ROWS = 65_536


def measure_drift(subject: Subject) -> Part:
    """Columns that moved since training, and quality with each column shifted either way."""
    reference, why = _reference(subject)
    figures: list[Figure] = []
    tables: list[Grid] = []
    notes: list[str] = []
    if reference is None:
        notes.append(f"columns that drifted were not counted: {why}")
    else:
        figures.append(_drifted(subject, reference))
    spreads = _spreads(subject, reference)
    read_whole = isinstance(subject.detector.processor, UrlProcessor)
    if read_whole:
        notes.append("nothing was shifted: the detector reads a text as a whole, and has no columns to shift")
    for shift in () if read_whole else subject.values_of("drift.recall", "drift.fpr"):
        made, table = _shifted(subject, spreads, shift)
        figures += made
        tables.append(table)
    return Part(
        name="drift",
        title="Sensitivity to drift",
        protocol=f"Up to {ROWS:,} events, half of them malicious, scored again with one column at a time shifted by "
        "standard deviations of the training data, up and down, as a sensor that measures otherwise would; text "
        "becomes a value never seen. Whole numbers stay whole and bounds are kept, a number of few allowed values "
        "becomes the next one; relations between columns are not kept.",
        figures=tuple(figures),
        tables=tuple(tables),
        notes=tuple(notes),
    )


def _reference(subject: Subject) -> tuple[Reference | None, str]:
    try:
        return subject.watched.reference(subject.workspace), ""
    except ModelError as error:
        return None, error.what


def _spreads(subject: Subject, reference: Reference | None) -> dict[str, float]:
    known = {} if reference is None else reference.columns
    found = {}
    for column in subject.detector.schema.features:
        if column.type not in ("integer", "number"):
            continue
        kept = known.get(column.name)
        own = pc.stddev(subject.table.column(column.name)).as_py() or 0.0
        spread = None if kept is None else spread_of(kept)
        found[column.name] = float(own if spread is None else spread)
    return found


def _drifted(subject: Subject, reference: Reference) -> Figure:
    watch, current = Watch(subject.detector), Current(reference, jobs=subject.jobs)
    table = subject.table
    schema = subject.detector.schema
    if schema.time is not None and schema.time in table.column_names:
        table = table.sort_by(schema.time)
    for start in range(0, table.num_rows, BATCH_ROWS):
        seen = watch.see(table.slice(start, BATCH_ROWS))
        current.add(seen.columns, seen.scores, rows=seen.rows)
    found = find_drift(current)
    moved = ", ".join(each.name for each in found.drifted[:5])
    return Figure.measured(
        "drift.columns",
        len(found.drifted),
        protocol=f"of {len(found.columns)}, all events against the training data"
        + (f": {moved}" if moved else ""),
    )


def _shifted(subject: Subject, spreads: dict[str, float], shift: float) -> tuple[list[Figure], Grid]:
    at = subject.drawn(ROWS)
    events, y = subject.events.take(pa.array(at)), subject.y[at]
    was = _rates(subject.scores[at] >= subject.threshold, y)
    rows: list[tuple[str, str, float, float]] = []
    flagged: list[Bools] = []
    for column in subject.detector.schema.features:
        for way, values in _moved(events, column, spreads.get(column.name, 0.0) * shift):
            place = events.column_names.index(column.name)
            changed = events.set_column(place, events.schema.field(place), values)
            scores = subject.detector.model.score(subject.detector.processor.transform(changed))
            flagged.append(scores >= subject.threshold)
            rows.append((column.name, way, *_rates(flagged[-1], y)))
    figures = []
    groups = subject.groups[at]
    for kind, side, place, sign in (("drift.recall", y, 2, 1.0), ("drift.fpr", ~y, 3, -1.0)):
        if rows:
            worst = min(range(len(rows)), key=lambda each: sign * float(rows[each][place]))
            found = share_interval(flagged[worst][side], groups=groups[side], seed=subject.seed)
            how = f"{rows[worst][0]} {rows[worst][1]}, worst of {len(rows)}; unshifted {was[place - 2]:.3f}"
            name = KINDS[kind].at(shift)
            figures.append(
                Figure.measured(
                    name, found.value, low=found.low, high=found.high, protocol=f"{how}; {found.method}"
                )
            )
    order = sorted(rows, key=lambda row: -(was[0] - row[2]) - (row[3] - was[1]))
    table = Grid(
        title=f"The columns that matter most, shifted by {shift:g}",
        columns=("column", "shifted", "recall", "false alarms"),
        rows=tuple(order[:SHOWN]),
    )
    return figures, table


def _moved(events: pa.Table, column: Column, distance: float) -> Iterator[tuple[str, pa.Array]]:
    """The column shifted up and down, kept within what the schema allows; text as a value never seen."""
    values = events.column(column.name).combine_chunks()
    if column.type == "string" and column.allowed is None:
        yield "never seen", pa.array(["\u0000never seen"] * len(values), values.type)
    if column.type not in ("integer", "number"):
        return
    if column.allowed is not None:
        yield from _stepped(values, sorted(float(level) for level in column.allowed))
        return
    if distance <= 0:
        return
    for sign, way in ((1.0, "up"), (-1.0, "down")):
        numbers = pc.add(pc.cast(values, pa.float64(), safe=False), sign * distance)
        if column.minimum is not None:
            numbers = pc.max_element_wise(numbers, float(column.minimum), skip_nulls=False)
        if column.maximum is not None:
            numbers = pc.min_element_wise(numbers, float(column.maximum), skip_nulls=False)
        if column.type == "integer":
            numbers = pc.round(numbers)
        yield way, pc.cast(numbers, values.type, safe=False)


def _stepped(values: pa.Array, levels: list[float]) -> Iterator[tuple[str, pa.Array]]:
    """Each value as the next greater and the next smaller of those that are allowed; missing ones stay missing."""
    known = values.is_valid().to_numpy(zero_copy_only=False)
    numbers = pc.cast(values.fill_null(0), pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    place = np.searchsorted(levels, numbers)
    for step, way in ((1, "up"), (-1, "down")):
        moved = np.array(levels)[np.clip(place + step, 0, len(levels) - 1)]
        yield f"one value {way}", pc.cast(pa.array(moved, mask=~known), values.type, safe=False)


def _rates(flagged: Bools, y: Bools) -> tuple[float, float]:
    rates: Floats = np.array([flagged[y].mean(), flagged[~y].mean()])
    return float(rates[0]), float(rates[1])
