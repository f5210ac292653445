"""How fast files of events are scored, and in how much memory; beside pandas with XGBoost.

    python benchmarks/score_batch.py --data UNSW_NB15_82332rows.parquet --rows 300000 1000000

Trains 300 trees of XGBoost on 30,000 rows of UNSW-NB15 (42 features; made-up rows of that schema without --data), and
scores files of as many rows as asked for, drawn from all of them, each time in a process of its own:

prepared            garrison score of a matrix of numbers that is ready (.npy): read, 300 trees, scores written
parquet, csv        garrison score of raw events: each row held against the schema first
pandas prepared     numpy.load, XGBClassifier.predict_proba, DataFrame.to_parquet
pandas parquet      read_parquet or read_csv, scikit-learn's one-hot encoding, the same trees, to_parquet
pandas csv

Prints rows a second, processor seconds and the peak resident memory; imports and loading the model are not in the rows
a second. Both use one thread a core for the trees. The largest difference of the two files of scores is printed.
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
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

KINDS = {"prepared": "numbers.npy", "parquet": "events.parquet", "csv": "events.csv"}
MOST_PANDAS = 1_000_000
PART = 100_000


def make_files(folder: Path, data: Path | None, rows: int, kinds: list[str], *, seed: int) -> None:
    """The detector, once, and a file of each kind with ``rows`` events."""
    from garrison.detection import load_detector, save_detector

    one = importlib.import_module("score_one")
    table = pq.read_table(data) if data else one.made_up(one.TRAINING_ROWS + 50_000, seed=seed)
    draw = np.random.default_rng(seed)
    if not (folder / "detector").is_dir():
        chosen = draw.permutation(table.num_rows)[: one.TRAINING_ROWS]
        save_detector(one.train(table.take(pa.array(chosen))), folder / "detector")
        pq.write_table(table.slice(0, 1_000), folder / "fit.parquet")
    detector = load_detector(folder / "detector")
    parts = [draw.integers(table.num_rows, size=min(PART, rows - start)) for start in range(0, rows, PART)]
    if "prepared" in kinds:
        shape = (rows, len(detector.processor.names))
        matrix = np.lib.format.open_memmap(
            folder / KINDS["prepared"], mode="w+", dtype=np.float64, shape=shape
        )
        done = 0
        for part in parts:
            numbers = detector.processor.transform(detector.checked(table.take(pa.array(part))))
            matrix[done : done + len(part)] = numbers
            done += len(part)
        matrix.flush()
    if "parquet" in kinds:
        with pq.ParquetWriter(folder / KINDS["parquet"], table.schema) as writer:
            for part in parts:
                writer.write_table(table.take(pa.array(part)))
    if "csv" in kinds:
        with pa.csv.CSVWriter(folder / KINDS["csv"], table.schema) as csv:
            for part in parts:
                csv.write_table(table.take(pa.array(part)))


def clocks() -> tuple[float, float]:
    """The time by the clock, and that of this process's processors."""
    return time.perf_counter(), time.process_time()


def garrison_score(folder: Path, kind: str, out: Path) -> tuple[float, float]:
    """Score once, as the command does; when it began."""
    from garrison.detection import load_detector
    from garrison.pipelines.scoring import score_events

    load_detector(folder / "detector").compiled()  # so that every import is done
    began = clocks()
    score_events(str(folder / "detector"), str(folder / KINDS[kind]), out, workspace=folder)
    return began


def pandas_score(folder: Path, kind: str, out: Path) -> tuple[float, float]:
    """Score once with pandas and scikit-learn; when it began."""
    import pandas as pd

    from garrison.detection import load_detector

    detector = load_detector(folder / "detector")
    peer = importlib.import_module("peers.score_pipeline")
    pipeline = peer.pipeline(detector, pq.read_table(folder / "fit.parquet"))
    trees = pipeline.named_steps["trees"]
    trees.n_jobs = os.cpu_count()
    began = clocks()
    path = folder / KINDS[kind]
    if kind == "prepared":
        scores = trees.predict_proba(np.load(path))[:, 1]
    else:
        frame = pd.read_csv(path, keep_default_na=False) if kind == "csv" else pd.read_parquet(path)
        scores = pipeline.predict_proba(frame[peer.columns(detector)])[:, 1]
    threshold = detector.threshold.value
    pd.DataFrame({"score": scores.astype(float), "verdict": scores >= threshold}).to_parquet(out)
    return began


def measure_here(way: str, folder: Path, kind: str, out: Path) -> dict[str, float]:
    """Score once in this process."""
    began = (garrison_score if way == "garrison" else pandas_score)(folder, kind, out)
    seconds, worked = (now - then for now, then in zip(clocks(), began, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu_seconds": worked, "peak_mib": peak}


def apart(*arguments: object) -> str:
    """What this file prints when it is run with ``arguments`` in a process of its own, which may use every core."""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    command = [sys.executable, __file__, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


def difference(folder: Path) -> float:
    """The largest difference of the two files of scores."""
    ours, theirs = (
        pq.read_table(folder / f"{way}.parquet", columns=["score"])["score"] for way in ("garrison", "pandas")
    )
    return float(np.abs(ours.to_numpy() - theirs.to_numpy()).max())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rows", type=int, nargs="+", default=[300_000])
    parser.add_argument("--kinds", nargs="+", choices=sorted(KINDS), default=list(KINDS))
    parser.add_argument("--ways", nargs="+", choices=("garrison", "pandas"), default=["garrison", "pandas"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--most-pandas", type=int, default=MOST_PANDAS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--one", nargs=4, metavar=("WAY", "FOLDER", "KIND", "OUT"), help=argparse.SUPPRESS)
    parser.add_argument("--make", nargs="+", metavar="FOLDER ROWS KIND", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        folder, rows, *kinds = options.make
        make_files(Path(folder), options.data, int(rows), kinds, seed=options.seed)
        return
    if options.one:
        way, folder, kind, out = options.one
        print("\n" + json.dumps(measure_here(way, Path(folder), kind, Path(out))))
        return
    results: list[dict[str, Any]] = []
    data = ["--data", options.data.resolve()] if options.data else []
    print(
        f"{'file':9} {'way':9} {'rows':>11} {'rows/s':>10} {'cpu s':>7} {'peak MiB':>9} {'load':>5} {'largest |Δ|':>12}"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rows in options.rows:
            apart("--make", folder, rows, *options.kinds, "--seed", options.seed, *data)
            for kind in options.kinds:
                for way in options.ways:
                    if way == "pandas" and rows > options.most_pandas:
                        continue
                    out = folder / f"{way}.parquet"
                    found = [
                        json.loads(apart("--one", way, folder, kind, out).splitlines()[-1])
                        for _ in range(options.repeats)
                    ]
                    chosen = sorted(found, key=lambda one: one["seconds"])[len(found) // 2]
                    both = (folder / "garrison.parquet").exists() and way == "pandas"
                    delta = difference(folder) if both else 0.0
                    speed, load = rows / chosen["seconds"], os.getloadavg()[0]
                    results.append(
                        {"file": kind, "way": way, "rows": rows, "rows_per_second": round(speed), **chosen}
                    )
                    print(
                        f"{kind:9} {way:9} {rows:11,} {speed:10,.0f} {chosen['cpu_seconds']:7.1f}"
                        f" {chosen['peak_mib']:9.0f} {load:5.1f} {delta:12.1e}",
                        flush=True,
                    )
    print(json.dumps(results))


if __name__ == "__main__":
    main()
