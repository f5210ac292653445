"""Speed: one event, many events, loading, and how large the saved detector is; on the machine that measures."""

import time
from typing import Any

import numpy as np
import pyarrow as pa

from garrison.assurance.scorecard import Doubt, Figure, Grid, Part
from garrison.detection import load_detector
from garrison.features import Remembering
from garrison.pipelines.judging.subject import Floats, Subject

EVENTS = 500
"""Different events that are scored one by one."""
CALLS = 4_000
SECONDS = 3.0
"""Of slow detectors each event is scored once more only until so much time has gone."""
BATCH_ROWS = 20_000
TRIES = 3

NOISY = "noisy_machine"


def measure_speed(subject: Subject) -> Part:
    """Microseconds to milliseconds of single events, rows a second of a batch, seconds to load, bytes on disk."""
    folder = subject.watched.folder
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    started = time.perf_counter()
    load_detector(folder)
    loaded = time.perf_counter() - started
    taken, engine = _one_by_one(subject)
    p50, p90, p99 = np.percentile(taken, (50, 90, 99))
    rate, rows = _batch(subject)
    noisy = (
        (Doubt(name=NOISY, why=f"the slowest of a hundred events took {p99 / p50:.0f} times the median"),)
        if p99 > 10 * p50
        else ()
    )
    how = f"{len(taken):,} events one by one in this process, schema check to verdict, by {engine}"
    return Part(
        name="speed",
        title="Speed and size",
        protocol="Wall clock of this machine, with whatever else it was doing: good to compare models measured side by "
        "side, not machines.",
        figures=(
            Figure.measured("latency.p50_ms", p50, protocol=how),
            Figure.measured("latency.p99_ms", p99, protocol=how, doubts=noisy),
            Figure.measured(
                "throughput.rows_per_s", rate, protocol=f"{rows:,} rows as one table, the best of {TRIES}"
            ),
            Figure.measured("load.s", loaded, protocol="every digest verified, once"),
            Figure.measured("size.mb", size / 1e6, protocol="all files of the folder"),
        ),
        tables=(
            Grid(
                title="One event",
                columns=("percentile", "milliseconds"),
                rows=(("50", float(p50)), ("90", float(p90)), ("99", float(p99))),
            ),
        ),
    )


def _one_by_one(subject: Subject) -> tuple[Floats, str]:
    """Milliseconds of each call, after some that warm up, and what scored them.

    A detector that remembers what its sources did is given events in order of time, and forgets before each round.
    """
    schema = subject.detector.schema
    compiled = subject.detector.compiled()
    names = [each.name for each in schema.kept(with_label=False) if each.name in subject.table.column_names]
    table = subject.table.select(names)
    if isinstance(subject.detector.processor, Remembering) and schema.time is not None:
        table = table.sort_by(schema.time).slice(0, EVENTS)
    else:
        table = table.take(pa.array(subject.drawn(EVENTS)))
    events: list[dict[str, Any]] = table.to_pylist()
    taken = []
    begun = time.perf_counter()
    for turn in range(1 + -(-CALLS // len(events))):
        if turn > 1 and time.perf_counter() - begun > SECONDS:
            break
        fast = compiled.live()
        for event in events:
            started = time.perf_counter_ns()
            fast.score_one(event)
            if turn:
                taken.append((time.perf_counter_ns() - started) / 1e6)
    return np.array(taken), compiled.engine


def _batch(subject: Subject) -> tuple[float, int]:
    events = subject.events.slice(0, BATCH_ROWS)
    best = np.inf
    for _ in range(TRIES):
        started = time.perf_counter()
        subject.detector.model.score(subject.detector.processor.transform(events), jobs=subject.jobs)
        best = min(best, time.perf_counter() - started)
    return events.num_rows / max(best, 1e-9), events.num_rows
