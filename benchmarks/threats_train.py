"""How long training takes as the events become more, and in how much memory; beside pandas and XGBoost.

    python benchmarks/threats_train.py --rows 100000 300000 1000000

Makes simulated events and processes them (``garrison process``, so that the file has what each source did before);
neither is counted. Then, each time in a process of its own: the file is read, the first 80 % of the events become
numbers by a processor fitted to them, XGBoost learns from them, and the threshold is placed on the scores of the
last 20 %, for 1 % of false alarms:

garrison           EventProcessor and the family xgboost, each row held against the schema; one thread, as always, so
                   that equal events give equal trees on any machine
garrison repeats   the same, events that occur several times counting less, as is the default
pandas             read_parquet, get_dummies, XGBClassifier with the same parameters, roc_curve; one thread
pandas all cores   the same in one thread a core

Prints the seconds of each step, events a second, the peak resident memory, and how training time grew from one number
of rows to the next: 1.00 is as fast as the rows. Imports are not counted.
"""

import argparse
import importlib
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
from numpy.typing import NDArray

SHARE = 0.8
FALSE_ALARMS = 0.01
TREES = 100
STEPS = ("load", "transform", "fit", "threshold")
KEY = "GARRISON_PSEUDONYM_KEY"

Floats = NDArray[np.float64]


@dataclass
class Steps:
    """How many seconds each step took, by the clock and of processor time."""

    wall: dict[str, float] = field(default_factory=dict)
    busy: float = 0.0

    def timed(self, name: str, step: Callable[[], Any]) -> Any:
        """What the step gives."""
        started, worked = time.perf_counter(), time.process_time()
        found = step()
        self.wall[name] = time.perf_counter() - started
        self.busy += time.process_time() - worked
        return found


@dataclass(frozen=True)
class Learnt:
    """The columns that were learnt from, the scores of the last events, shape (n,), and the threshold on them."""

    names: tuple[str, ...]
    scores: Floats
    threshold: float


def make_processed(path: Path, rows: int, *, seed: int) -> None:
    """Write ``rows`` processed events."""
    from garrison.data.simulator import write_simulated
    from garrison.pipelines.processing import process
    from garrison.pipelines.processing_settings import processing_settings

    os.environ[KEY] = "00" * 32
    loaded = processing_settings()
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.parquet"
        write_simulated(raw, rows, seed=seed)
        process(raw, path, settings=loaded.settings, features=loaded.features)


def garrison_train(path: Path, steps: Steps, *, trees: int, seed: int, repeats: float | None = 1.0) -> Learnt:
    """Train as Garrison does; ``repeats`` None is the family's default."""
    from garrison.data.configs import config_folder
    from garrison.data.schema import Schema
    from garrison.detection import FAMILIES
    from garrison.evaluation import threshold_at_fpr
    from garrison.features import EventProcessor

    schema = Schema.read(config_folder("threats") / "features.json")
    family = FAMILIES["xgboost"]
    params = {"trees": trees} | ({} if repeats is None else {"repeats": repeats})
    table = steps.timed("load", lambda: schema.validate(pyarrow.parquet.read_table(path)).table)
    learnt = int(table.num_rows * SHARE)
    train, last = table.slice(0, learnt), table.slice(learnt)

    def numbers() -> tuple[Any, Floats, Floats]:
        processor = EventProcessor().fit(train, schema)
        return processor, processor.transform(train), processor.transform(last)

    processor, X, X_last = steps.timed("transform", numbers)
    model = steps.timed("fit", lambda: family.fit(X, schema.labels(train), params=params, seed=seed))

    def placed() -> tuple[Floats, float]:
        scores = model.score(X_last)
        return scores, threshold_at_fpr(schema.labels(last), scores, FALSE_ALARMS)

    return Learnt(processor.names, *steps.timed("threshold", placed))


def pandas_train(
    path: Path,
    steps: Steps,
    *,
    trees: int,
    seed: int,
    threads: int | None = 1,
    names: tuple[str, ...] | None = None,
) -> Learnt:
    """Train the usual way; ``names`` are the columns in the order to learn from them, if not any."""
    from garrison.detection import FAMILIES

    peer = importlib.import_module("peers.threats_pandas_train")
    own = ("trees", "repeats", "early_stopping", "validation_share")
    defaults = FAMILIES["xgboost"].complete({})
    params = {"n_estimators": trees} | {key: value for key, value in defaults.items() if key not in own}
    events = steps.timed("load", lambda: peer.read(path))
    events = steps.timed("transform", lambda: peer.numbers(events, share=SHARE, names=names))
    model = steps.timed("fit", lambda: peer.fit(events, params, seed=seed, threads=threads))
    placed = steps.timed("threshold", lambda: peer.place(model, events, most=FALSE_ALARMS))
    return Learnt(tuple(events.X.columns), *placed)


WAYS: dict[str, Callable[..., Learnt]] = {
    "garrison": garrison_train,
    "garrison repeats": partial(garrison_train, repeats=None),
    "pandas": pandas_train,
    "pandas all cores": partial(pandas_train, threads=None),
}


def imported(way: str) -> None:
    """Import what a way needs, so that it is not counted."""
    modules = ["garrison.detection.families.xgboost", "garrison.evaluation", "garrison.features", "xgboost"]
    if way.startswith("pandas"):
        modules.append("peers.threats_pandas_train")
    for module in modules:
        importlib.import_module(module)


def measure_here(way: str, path: Path, *, trees: int, seed: int) -> dict[str, Any]:
    """Train once in this process; seconds of each step, of all, and of processor time, peak resident memory in MiB."""
    imported(way)
    steps = Steps()
    learnt = WAYS[way](path, steps, trees=trees, seed=seed)
    flagged = float((learnt.scores >= learnt.threshold).mean())
    return {
        **{step: steps.wall[step] for step in STEPS},
        "seconds": sum(steps.wall.values()),
        "cpu_seconds": steps.busy,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "flagged": flagged,
    }


def apart(*arguments: object) -> str:
    """What this file prints when it is run with ``arguments`` in a process of its own, which may use every core."""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    command = [sys.executable, __file__, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


def growth(rows: tuple[int, int], seconds: tuple[float, float]) -> float:
    """The exponent k for which time grew as rows ** k.

    >>> growth((100, 1000), (2.0, 20.0))
    1.0
    """
    return math.log(seconds[1] / seconds[0]) / math.log(rows[1] / rows[0])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 300_000, 1_000_000])
    parser.add_argument("--ways", nargs="+", choices=sorted(WAYS), default=sorted(WAYS))
    parser.add_argument("--most-pandas", type=int, default=3_000_000)
    parser.add_argument("--trees", type=int, default=TREES)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--one", nargs=2, metavar=("WAY", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("--make", nargs=2, metavar=("FILE", "ROWS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        make_processed(Path(options.make[0]), int(options.make[1]), seed=options.seed)
        return
    if options.one:
        way, path = options.one
        print(json.dumps(measure_here(way, Path(path), trees=options.trees, seed=options.seed)))
        return
    results: list[dict[str, Any]] = []
    last: dict[str, dict[str, Any]] = {}
    heads = "".join(f"{step:>11}" for step in (*STEPS, "seconds"))
    print(f"{'way':17} {'rows':>12}{heads} {'cpu s':>8} {'rows/s':>10} {'peak MiB':>9} {'growth':>7}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "processed.parquet"
        for rows in sorted(options.rows):
            apart("--make", path, rows, "--seed", options.seed)
            for way in options.ways:
                if way.startswith("pandas") and rows > options.most_pandas:
                    continue
                found = json.loads(
                    apart("--one", way, path, "--trees", options.trees, "--seed", options.seed)
                )
                facts = {"way": way, "rows": rows, "rows_per_second": round(rows / found["seconds"]), **found}
                grown = ""
                if way in last:
                    before = last[way]
                    facts["growth"] = growth((before["rows"], rows), (before["seconds"], found["seconds"]))
                    grown = f"{facts['growth']:7.2f}"
                last[way] = facts
                results.append(facts)
                numbers = "".join(f"{found[step]:11.2f}" for step in (*STEPS, "seconds"))
                speed = f"{found['cpu_seconds']:8.2f} {facts['rows_per_second']:10,} {found['peak_mib']:9.0f}"
                print(f"{way:17} {rows:12,}{numbers} {speed} {grown}", flush=True)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
