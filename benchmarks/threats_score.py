"""How fast a trained detector scores network events from a file, and in how much memory; beside pandas.

    python benchmarks/threats_score.py --rows 100000 1000000

Trains a detector (XGBoost, its default parameters) on 20,000 simulated events, and makes Parquet files of others:

simulated   the traffic of a week or more, some 1 to 15 events a second
busy        1,000 events a second, so that 600,000 lie within the longest window

Each file is read, made into numbers (features, clock, what each source did before) and scored, each time in a process
of its own, by the same trees:

garrison         Detector.score_batches; every row is held against the schema, no more than a window is remembered
pandas           read_parquet, get_dummies, groupby and rolling, StandardScaler, XGBClassifier.predict_proba
pandas by hand   the same, distinct ports by a loop written for it

Prints rows a second and the peak resident memory of each as a table and as JSON. Imports, training and fitting are not
counted. Both use one thread a core for the trees. Beyond --most-apply and --most-pandas rows a way is left out.
"""

import argparse
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
from numpy.typing import NDArray

TRAINING_ROWS = 20_000
BATCH_ROWS = 262_144
DETECTOR, FIT = "detector", "fit.parquet"

Score = Callable[[], Iterator[NDArray[np.float64]]]
"""Scores the events of the file it was made for, in one or more parts."""


def make_detector(folder: Path, *, seed: int) -> None:
    """Save what is scored with, and the events it was trained on, in ``folder``."""
    from garrison.data.configs import config_folder
    from garrison.data.schema import Schema
    from garrison.data.simulator import write_simulated
    from garrison.detection import FAMILIES, Detector, Threshold, save_detector
    from garrison.evaluation import threshold_at_fpr
    from garrison.features import EventProcessor

    write_simulated(folder / FIT, TRAINING_ROWS, seed=seed)
    schema = Schema.read(config_folder("threats") / "features.json")
    table = schema.validate(pyarrow.parquet.read_table(folder / FIT)).table
    processor = EventProcessor(scale=True).fit(table, schema)
    X, y = processor.transform(table), schema.labels(table)
    params = FAMILIES["xgboost"].complete({})
    model = FAMILIES["xgboost"].fit(X, y, params=params, seed=seed)
    detector = Detector(
        name="benchmark",
        schema=schema,
        processor=processor,
        model=model,
        family="xgboost",
        params=params,
        threshold=Threshold(threshold_at_fpr(y, model.score(X), 0.01), "fpr=0.01"),
        training_fingerprint=f"simulated, seed {seed}",
    )
    save_detector(detector, folder / DETECTOR)


def make_events(kind: str, path: Path, rows: int, *, seed: int) -> None:
    """Write ``rows`` events that the detector has not seen."""
    if kind == "busy":
        importlib.import_module("threats_transform").make_events(path, rows, seed=seed)
    else:
        from garrison.data.simulator import write_simulated

        write_simulated(path, rows, seed=seed)


def garrison_score(folder: Path, path: Path, *, batch_rows: int) -> Score:
    """What scores a file batch by batch."""
    from garrison.detection import load_detector

    detector = load_detector(folder / DETECTOR)

    def score() -> Iterator[NDArray[np.float64]]:
        with pyarrow.parquet.ParquetFile(path) as file:
            yield from detector.score_batches(file.iter_batches(batch_rows), jobs=-1)

    return score


def pandas_score(folder: Path, path: Path, *, batch_rows: int, by_hand: bool = False) -> Score:  # noqa: ARG001 (it knows no batches)
    """What scores a file as one frame."""
    from garrison.detection import load_detector

    names = load_detector(folder / DETECTOR).processor.names
    peer = importlib.import_module("peers.threats_pandas_score").PandasScore(
        folder / FIT, folder / DETECTOR / "model" / "model.json", names, by_hand=by_hand
    )
    return lambda: iter([peer.score(path)])


WAYS: dict[str, Callable[..., Score]] = {
    "garrison": garrison_score,
    "pandas": pandas_score,
    "pandas by hand": partial(pandas_score, by_hand=True),
}


def measure_here(way: str, folder: Path, path: Path, batch_rows: int = BATCH_ROWS) -> dict[str, float]:
    """Score once in this process; seconds by the clock and of processor time, peak resident memory in MiB."""
    score = WAYS[way](folder, path, batch_rows=batch_rows)
    rows, total = 0, 0.0
    started, worked = time.perf_counter(), time.process_time()
    for part in score():
        rows += len(part)
        total += float(part.sum())
    seconds, busy = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "scored": rows,
        "mean_score": total / max(rows, 1),
        "seconds": seconds,
        "cpu_seconds": busy,
        "peak_mib": peak,
    }


def apart(*arguments: object) -> str:
    """What this file prints when it is run with ``arguments`` in a process of its own, which may use every core."""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    command = [sys.executable, __file__, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--events", nargs="+", choices=("simulated", "busy"), default=["simulated"])
    parser.add_argument("--ways", nargs="+", choices=sorted(WAYS), default=sorted(WAYS))
    parser.add_argument(
        "--batch-rows", type=int, default=BATCH_ROWS, help="rows that Garrison reads at a time"
    )
    parser.add_argument("--most-apply", type=int, default=1_000_000)
    parser.add_argument("--most-pandas", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--one", nargs=3, metavar=("WAY", "FOLDER", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("--make", nargs=4, metavar=("KIND", "FILE", "ROWS", "SEED"), help=argparse.SUPPRESS)
    parser.add_argument("--train", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.train:
        make_detector(options.train, seed=options.seed)
        return
    if options.make:
        kind, path, rows, seed = options.make
        make_events(kind, Path(path), int(rows), seed=int(seed))
        return
    if options.one:
        way, folder, path = options.one
        print(json.dumps(measure_here(way, Path(folder), Path(path), options.batch_rows)))
        return
    most = {"pandas": options.most_apply, "pandas by hand": options.most_pandas}
    results: list[dict[str, Any]] = []
    print(f"{'events':10} {'way':15} {'rows':>12} {'seconds':>9} {'cpu s':>7} {'rows/s':>12} {'peak MiB':>9}")
    with tempfile.TemporaryDirectory() as name:
        folder, path = Path(name), Path(name) / "events.parquet"
        apart("--train", folder, "--seed", options.seed + 1)
        for kind, rows in ((kind, rows) for kind in options.events for rows in options.rows):
            apart("--make", kind, path, rows, options.seed)
            for way in options.ways:
                if rows > most.get(way, rows):
                    continue
                found = json.loads(apart("--one", way, folder, path, "--batch-rows", options.batch_rows))
                speed = rows / found["seconds"]
                facts = {"events": kind, "way": way, "rows": rows, "rows_per_second": round(speed), **found}
                results.append(facts)
                numbers = f"{found['seconds']:9.2f} {found['cpu_seconds']:7.2f} {speed:12,.0f} {found['peak_mib']:9.0f}"
                print(f"{kind:10} {way:15} {rows:12,} {numbers}", flush=True)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
