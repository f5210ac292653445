"""How fast a table is held against its training data, and in how much memory; beside Evidently.

    python benchmarks/drift.py --peer-python /path/to/a/python/that/has/evidently --rows 100000 1000000

Writes two Parquet files of 40 columns (30 of numbers: skewed, normal, mostly zero, counts, with missing values; 10 of
categories), of which five have changed in the second by a known size, and looks for drift in a process of its own:

garrison           a reference from the first file and a check of the second, batch by batch
evidently          pandas.read_parquet of both, and its DataDriftPreset as its pages show it
evidently tests    the same frames, and of Evidently its default statistics alone, without its report

Prints seconds by the clock and of processor time, the peak resident memory, and the columns that are said to have
moved. Imports are not counted, reading is. Evidently needs pandas 2, and so an environment of its own:
python -m venv V; V/bin/pip install evidently 'pandas<3' pyarrow. Without --peer-python, and beyond --most-peer rows,
only Garrison is measured.
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
import pyarrow.parquet as pq

NUMBERS, CATEGORIES = 30, 10
BATCH_ROWS = 131_072
WAYS = ("garrison", "evidently", "evidently tests")
MOVED = ("n0", "n1", "n2", "c0", "c1")
"""The columns that are drawn otherwise in the second file."""

PEER = Path(__file__).parent / "peers" / "drift_evidently.py"


def make_batch(rng: np.random.Generator, rows: int, *, changed: bool) -> pa.Table:
    """Rows of one side; where they are ``changed``, the five columns of ``MOVED`` are others."""
    columns: dict[str, Any] = {}
    for place in range(NUMBERS):
        name = f"n{place}"
        moved = changed and name in MOVED
        kind = place % 4
        if kind == 0:
            values = rng.lognormal(1.0 if moved else 0.0, 1.0, rows)
        elif kind == 1:
            values = rng.normal(0.5 if moved else 0.0, 1.0, rows)
        elif kind == 2:
            values = np.where(rng.random(rows) < (0.5 if moved else 0.9), 0.0, rng.exponential(1.0, rows))
        else:
            values = rng.poisson(5, rows).astype(np.float64)
        if place >= NUMBERS - 3:
            values[rng.random(rows) < 0.05] = np.nan
        columns[name] = pa.array(values, from_pandas=True)
    for place in range(CATEGORIES):
        name = f"c{place}"
        shares = np.array([0.5, 0.3, 0.1, 0.06, 0.04])
        if changed and name in MOVED:
            shares = shares[[1, 0, 2, 3, 4]]
        columns[name] = pa.array([f"value{code}" for code in range(5)]).take(
            pa.array(rng.choice(5, rows, p=shares))
        )
    return pa.table(columns)


def make_files(folder: Path, rows: int, *, seed: int) -> tuple[Path, Path]:
    """Write both sides, batch by batch."""
    paths = folder / "reference.parquet", folder / "current.parquet"
    for side, path in enumerate(paths):
        rng = np.random.default_rng([seed, side])
        writer = None
        for start in range(0, rows, BATCH_ROWS):
            table = make_batch(rng, min(BATCH_ROWS, rows - start), changed=bool(side))
            writer = writer or pq.ParquetWriter(path, table.schema)
            writer.write_table(table)
        if writer is not None:
            writer.close()
    return paths


def find_here(reference: Path, current: Path, *, jobs: int) -> dict[str, Any]:
    """Look for drift in this process; seconds of both steps, the columns that moved, and the peak memory in MiB."""
    importlib.import_module("scipy.stats")
    from garrison.monitoring import Current, ReferenceMaker, find_drift
    from garrison.monitoring.watched import Values

    def batches(path: Path) -> Any:
        names = [f"c{place}" for place in range(CATEGORIES)]
        with pq.ParquetFile(path, read_dictionary=names, pre_buffer=False) as file:
            for batch in file.iter_batches(BATCH_ROWS):
                columns: dict[str, Values] = {
                    name: column.to_numpy(zero_copy_only=False) if name.startswith("n") else column
                    for name, column in zip(batch.schema.names, batch.columns, strict=True)
                }
                yield columns

    started, worked = time.perf_counter(), time.process_time()
    maker = ReferenceMaker(jobs=jobs)
    for columns in batches(reference):
        maker.add(columns)
    known = maker.reference()
    made = time.perf_counter() - started
    counts = Current(known, jobs=jobs)
    for columns in batches(current):
        counts.add(columns)
    drift = find_drift(counts)
    return {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - worked,
        "reference_seconds": made,
        "moved": sorted(each.name for each in drift.drifted),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "reference_bytes": len(json.dumps(known.to_dict())),
    }


def apart(python: str, *arguments: object) -> dict[str, Any]:
    """What a script prints as JSON on its last line, run in a process of its own."""
    done = subprocess.run(
        [python, *map(str, arguments)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--peer-python", help="the Python of an environment with evidently")
    parser.add_argument("--most-peer", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=2, help="threads that count columns")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--one", nargs=2, type=Path, metavar=("REFERENCE", "CURRENT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(find_here(*options.one, jobs=options.jobs)))
        return
    results = []
    print(f"{'rows':>12} {'way':16} {'seconds':>9} {'cpu s':>9} {'peak MiB':>9}  moved")
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as name:
            paths = make_files(Path(name), rows, seed=options.seed)
            for way in options.ways:
                if way == "garrison":
                    found = apart(sys.executable, __file__, "--one", *paths, "--jobs", options.jobs)
                elif options.peer_python and rows <= options.most_peer:
                    found = apart(options.peer_python, PEER, way, *paths)
                else:
                    continue
                results.append({"rows": rows, "way": way, **found})
                spent = f"{found['seconds']:9.2f} {found['cpu_seconds']:9.2f} {found['peak_mib']:9.0f}"
                print(f"{rows:12,} {way:16} {spent}  {' '.join(found['moved'])}", flush=True)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
