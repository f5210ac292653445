"""A day in the life of a watched detector, by a clock that runs ahead of ours: does memory stay where it was?

    python benchmarks/monitor_day.py --hours 24 --per-second 10

A detector of simulated traffic, with its reference, is live. Each minute of the simulated day its events are scored and
kept in a DuckDB log, and the stream is watched (`Monitor`, on the score and two columns); each quarter of an hour the
last hour of the log is held against the training data and measured, as `garrison monitor drift` and `garrison monitor
performance` do it, and alerts are told to a file. Events, checks, log and alerts all go by the simulated clock.

Memory is the resident set of the process, after --warm simulated hours and then every --look of them; the log grows on
the disk, not in memory. An hour at noon has many times the events of one at night, and a check reads an hour: memory
that only follows that is the same at the same hour of every day, for which --hours 72 is three. Prints what it found
and JSON.
"""

import argparse
import json
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa

TRAINING_EVENTS = 20_000
WEEK_S = 7 * 86_400
WATCHED = ("score", "payload_len", "protocol")
CHECK_EVERY = timedelta(minutes=15)
LOOK_BACK = timedelta(hours=1)
START = datetime(2026, 1, 5, tzinfo=UTC)
MODEL = "threats@1"
KEY = bytes(range(32))


@dataclass
class Day:
    """What there was of it, and how much memory it took at which hour of it (MiB)."""

    events: int = 0
    minutes: int = 0
    checks: int = 0
    drifted: int = 0
    shifts: int = 0
    told: int = 0
    hours: float = 0.0
    seconds: float = 0.0
    log_mib: float = 0.0
    busiest_hour: int = 0
    memory: dict[str, float] = field(default_factory=dict)


def make_model(workspace: Path, *, seed: int, trees: int = 100) -> None:
    """Version 1 of ``experimental/threats``: half of the events are learnt, the others are those held out."""
    from garrison.data.configs import config_folder
    from garrison.data.schema import Schema
    from garrison.data.simulator import simulate
    from garrison.detection import FAMILIES, Detector, Threshold, save_detector
    from garrison.features import EventProcessor
    from garrison.pipelines.stages.watching import with_reference
    from garrison.registry import LocalRegistry

    schema = Schema.read(config_folder("threats") / "features.json")
    table = schema.validate(pa.Table.from_batches([*simulate(TRAINING_EVENTS, seed=seed, start=START)])).table
    processor = EventProcessor().fit(table, schema)
    X, y = processor.transform(table), schema.labels(table)
    learnt, held = np.arange(0, len(X), 2), np.arange(1, len(X), 2)
    params = FAMILIES["xgboost"].complete({"trees": trees})
    model = FAMILIES["xgboost"].fit(X[learnt], y[learnt], params=params, seed=0)
    detector = Detector(
        name="threats",
        schema=schema,
        processor=processor,
        model=model,
        family="xgboost",
        params=params,
        threshold=Threshold(0.5, "fixed"),
        training_fingerprint="simulated",
    )
    watched = with_reference(detector, table.take(learnt), X[learnt], scores=model.score(X[held]), y=y[held])
    save_detector(watched, workspace / "detector")
    LocalRegistry(workspace / "models").push(workspace / "detector", "threats")


def minutes(per_second: float, *, seed: int) -> Iterator[tuple[datetime, pa.Table]]:
    """The events of each simulated minute, and when it ended."""
    from garrison.data.simulator import simulate

    end = START + timedelta(minutes=1)
    waiting: list[pa.Table] = []
    for batch in simulate(int(per_second * WEEK_S), seed=seed, start=START, batch_rows=4_096):
        table = pa.Table.from_batches([batch])
        times = table.column("timestamp").cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy()
        while len(times) and times[-1] >= int(end.timestamp() * 1e6):
            cut = int(np.searchsorted(times, int(end.timestamp() * 1e6)))
            yield end, pa.concat_tables([*waiting, table.slice(0, cut)])
            end, waiting, table, times = end + timedelta(minutes=1), [], table.slice(cut), times[cut:]
        waiting.append(table)


def live(workspace: Path, *, hours: float, per_second: float, warm: float, look: float, seed: int) -> Day:
    """Watch the detector for so many simulated hours."""
    from garrison.data.pseudonyms import Pseudonyms
    from garrison.errors import DataError
    from garrison.monitoring import Monitor, ScoredRows, StoreLog, Watch
    from garrison.monitoring.alerts import Alerter
    from garrison.pipelines.watching.drift import check_drift
    from garrison.pipelines.watching.model import open_model
    from garrison.pipelines.watching.performance import check_performance
    from garrison.pipelines.watching.settings import monitoring_settings

    day, clock = Day(), START
    url = f"duckdb:///{workspace}/log.db"
    model = open_model(MODEL, workspace=workspace)
    detector, watch = model.detector, Watch(model.detector)
    monitor = Monitor(model.reference(workspace), columns=WATCHED)
    log = StoreLog(url, pseudonyms=Pseudonyms(KEY), schema=detector.schema)
    settings = monitoring_settings(overrides=["alerts.sinks=[{kind: file, path: alerts.jsonl}]"])
    alerter = Alerter(settings.alerts, workspace=workspace, now=lambda: clock)
    marks = [warm, *(mark for mark in np.arange(look, hours + look / 2, look).tolist() if mark > warm)]
    lately: deque[int] = deque(maxlen=60)
    begun, check_at = time.perf_counter(), START + CHECK_EVERY
    for clock, events in minutes(per_second, seed=seed + 1):
        table = detector.schema.validate(events, with_label=False).table
        if table.num_rows:
            asked = time.perf_counter()
            seen = watch.see(table)
            took = (time.perf_counter() - asked) / table.num_rows
            day.shifts += len(monitor.observe(dict(seen.columns), seen.scores))
            log.write(
                ScoredRows(
                    model="threats",
                    version=1,
                    threshold=detector.threshold.value,
                    events=table,
                    scores=seen.scores,
                    flagged=seen.scores >= detector.threshold.value,
                    ids=tuple(f"{day.events + place:x}" for place in range(table.num_rows)),
                    at=np.full(table.num_rows, clock.replace(tzinfo=None), "datetime64[us]"),
                    latency=np.full(table.num_rows, took),
                )
            )
            day.events += table.num_rows
        day.minutes += 1
        lately.append(table.num_rows)
        day.busiest_hour = max(day.busiest_hour, sum(lately))
        day.hours = (clock - START).total_seconds() / 3600
        if clock >= check_at:
            check_at += CHECK_EVERY
            try:
                drift = check_drift(MODEL, url, since=clock - LOOK_BACK, workspace=workspace)
                performance = check_performance(MODEL, url, since=clock - LOOK_BACK, workspace=workspace)
            except DataError:  # an hour in which nothing happened
                continue
            day.checks += 1
            day.drifted += len(drift.drift.drifted)
            for observation in (drift.observation(), performance.observation()):
                day.told += sum(alerter.tell(observation).sent.values())
        while marks and day.hours >= marks[0]:
            day.memory[f"{marks.pop(0):g} h"] = psutil.Process().memory_info().rss / 2**20
        if day.hours >= hours:
            break
    day.seconds = time.perf_counter() - begun
    day.log_mib = (workspace / "log.db").stat().st_size / 2**20
    return day


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--hours", type=float, default=24.0, help="simulated ones")
    parser.add_argument("--per-second", type=float, default=10.0, help="events, about")
    parser.add_argument(
        "--warm", type=float, default=2.0, help="simulated hours before memory is looked at first"
    )
    parser.add_argument("--look", type=float, default=6.0, help="simulated hours from look to look")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        workspace = Path(name)
        make_model(workspace, seed=options.seed)
        day = live(
            workspace,
            hours=options.hours,
            per_second=options.per_second,
            warm=options.warm,
            look=options.look,
            seed=options.seed,
        )
    found: dict[str, Any] = {**vars(day), "times_faster": day.hours * 3600 / day.seconds}
    for key, value in found.items():
        print(f"{key:13} {value}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
