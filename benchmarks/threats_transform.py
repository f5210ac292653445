"""How fast network events become numbers, and in how much memory; beside pandas and scikit-learn.

    python benchmarks/threats_transform.py --rows 100000 1000000

Makes events of some 2,000 sources, a few of them busy and most of them not, and turns them into a matrix: features,
clock, and what each source did in the last 10 seconds, minute and 10 minutes. Each time in a process of its own:

garrison          CyberDataProcessor.transform of an Arrow table in memory; every row is held against the schema
garrison batches  its transform_batches, from a Parquet file, the reading counted, no more than a window remembered
pandas            a frame in memory: get_dummies, groupby and rolling, StandardScaler, distinct ports by rolling.apply
pandas by hand    the same, distinct ports by a loop written for it

Prints rows a second and the peak resident memory of each as a table and as JSON. Imports and fitting are not counted.
Beyond --most-apply, --most-pandas and --most-whole rows a way is left out.
"""

import argparse
import importlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

SOURCES = 2_000
EVENTS_A_SECOND = 1_000
ROW_GROUP = 100_000
FIT_ROWS = 20_000
BEGIN = 1_700_000_000_000_000

Transform = Callable[[], int]
"""Transforms the events that were made ready for it; how many there were."""


def make_events(path: Path, rows: int, *, seed: int) -> None:
    """Write ``rows`` events in order of time, no two in one microsecond."""
    generator = np.random.default_rng(seed)
    share = 1 / np.arange(1, SOURCES + 1) ** 1.1
    sources = pa.array([f"ip_{source:032x}" for source in range(SOURCES)])
    begin = BEGIN
    writer = None
    for start in range(0, rows, ROW_GROUP):
        n = min(ROW_GROUP, rows - start)
        moments = begin + np.cumsum(
            1 + generator.exponential(1_000_000 / EVENTS_A_SECOND, n).astype(np.int64)
        )
        begin = int(moments[-1])
        service = generator.choice(4, n, p=(0.6, 0.25, 0.1, 0.05))
        table = pa.table(
            {
                "timestamp": pa.array(moments, pa.timestamp("us", tz="UTC")),
                "src_ip": sources.take(pa.array(generator.choice(SOURCES, n, p=share / share.sum()))),
                "protocol": pa.array(["tcp", "udp", "icmp"]).take(
                    pa.array(generator.choice(3, n, p=(0.7, 0.25, 0.05)))
                ),
                "payload_len": pa.array(generator.lognormal(6, 2, n).astype(np.int64)),
                "dst_port": pa.array(np.minimum(generator.zipf(1.3, n), 65_535)),
                "duration": pa.array(generator.exponential(2.0, n), mask=generator.random(n) < 0.02),
                "packets": pa.array(1 + generator.poisson(8, n)),
                "failed": pa.array(generator.random(n) < 0.05),
                "service": pa.array(["http", "dns", "ssh", "ntp"]).take(pa.array(service)),
            }
        )
        writer = writer or pyarrow.parquet.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def garrison_whole(fit: Path, path: Path) -> Transform:
    """What turns a table into one matrix."""
    from garrison.features.cyber import CyberDataProcessor

    processor = CyberDataProcessor().fit(fit)
    table = pyarrow.parquet.read_table(path)
    return lambda: len(processor.transform(table))


def garrison_batches(fit: Path, path: Path) -> Transform:
    """What turns a file into a matrix a batch."""
    from garrison.features.cyber import CyberDataProcessor

    processor = CyberDataProcessor().fit(fit)
    return lambda: sum(len(X) for X in processor.transform_batches(path))


def pandas_whole(fit: Path, path: Path, *, by_hand: bool = False) -> Transform:
    """What turns a frame into one matrix, the usual way."""
    peer = importlib.import_module("peers.threats_pandas_transform")
    processor = peer.PandasTransform(peer.read(fit), by_hand=by_hand)
    frame = peer.read(path)
    return lambda: len(processor.transform(frame))


WAYS: dict[str, Callable[[Path, Path], Transform]] = {
    "garrison": garrison_whole,
    "garrison batches": garrison_batches,
    "pandas": pandas_whole,
    "pandas by hand": partial(pandas_whole, by_hand=True),
}


def measure_here(way: str, path: Path, fit: Path) -> dict[str, float]:
    """Transform once in this process; seconds by the clock and of processor time, peak resident memory in MiB."""
    transform = WAYS[way](fit, path)
    started, worked = time.perf_counter(), time.process_time()
    rows = transform()
    seconds, busy = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"transformed": rows, "seconds": seconds, "cpu_seconds": busy, "peak_mib": peak}


def measure(way: str, path: Path, fit: Path) -> dict[str, float]:
    """Transform once in a process of its own."""
    command = [sys.executable, __file__, "--one", way, str(path), str(fit)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(answer.stdout)
    return measured


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--ways", nargs="+", choices=sorted(WAYS), default=sorted(WAYS))
    parser.add_argument("--most-apply", type=int, default=1_000_000)
    parser.add_argument("--most-pandas", type=int, default=1_000_000)
    parser.add_argument("--most-whole", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--one", nargs=3, metavar=("WAY", "FILE", "FIT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        way, path, fit = options.one
        print(json.dumps(measure_here(way, Path(path), Path(fit))))
        return
    most = {
        "garrison": options.most_whole,
        "pandas": options.most_apply,
        "pandas by hand": options.most_pandas,
    }
    results: list[dict[str, Any]] = []
    print(f"{'way':17} {'rows':>12} {'seconds':>9} {'cpu s':>7} {'rows/s':>12} {'peak MiB':>9}")
    with tempfile.TemporaryDirectory() as folder:
        path, fit = Path(folder) / "events.parquet", Path(folder) / "fit.parquet"
        make_events(fit, FIT_ROWS, seed=options.seed + 1)
        for rows in options.rows:
            make_events(path, rows, seed=options.seed)
            for way in options.ways:
                if rows > most.get(way, rows):
                    continue
                found = measure(way, path, fit)
                speed = rows / found["seconds"]
                results.append({"way": way, "rows": rows, "rows_per_second": round(speed), **found})
                numbers = f"{found['seconds']:9.2f} {found['cpu_seconds']:7.2f} {speed:12,.0f} {found['peak_mib']:9.0f}"
                print(f"{way:17} {rows:12,} {numbers}", flush=True)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
