"""How fast a CSV goes into the embedded store, and in how much memory; beside pandas.

    python benchmarks/ingest.py --rows 100000 1000000
    python benchmarks/ingest.py --rows 100000 1000000 --events

Makes a CSV of 31 columns of small integers for each number of rows and loads it, each time in a process of its
own, once with ``ingest`` into DuckDB and once with pandas ``read_csv`` and ``to_sql`` into SQLite. With ``--events``
it is a CSV of simulated network events instead, 13 columns of all types, which is held against the default features
file (Garrison only), and in which both replace the addresses by keyed pseudonyms. Prints rows a second and the peak
resident memory of each as a table and as JSON. Imports are not counted.
"""

import argparse
import hmac
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

COLUMNS = 31
PANDAS_CHUNK = 65_536
KEY = bytes(range(32))

Load = Callable[[Path, Path], None]


def make_csv(path: Path, rows: int, *, seed: int) -> None:
    """Write ``rows`` rows of ``COLUMNS`` integers in {-1, 0, 1}."""
    generator = np.random.default_rng(seed)
    with path.open("wb") as file:
        file.write(",".join(f"feature_{place}" for place in range(COLUMNS)).encode() + b"\n")
        for start in range(0, rows, 100_000):
            values = generator.integers(-1, 2, size=(min(100_000, rows - start), COLUMNS))
            file.writelines((",".join(map(str, row)) + "\n").encode() for row in values.tolist())


def make_events(path: Path, rows: int, *, seed: int) -> None:
    """Write ``rows`` simulated events."""
    from garrison.data.simulator import write_simulated

    write_simulated(path, rows, seed=seed)


def pseudonym(address: str) -> str:
    """What stands for an address, as ``garrison ingest`` writes it."""
    return "ip_" + hmac.digest(KEY, address.encode(), "sha256").hex()[:32]


def garrison_loader(*, events: bool = False) -> Load:
    """What loads a file into a DuckDB store, as ``garrison ingest`` does; its imports done."""
    from garrison.data import ingest, open_source, open_store
    from garrison.data.configs import config_folder
    from garrison.data.pseudonyms import Pseudonyms
    from garrison.data.schema import Schema

    schema = Schema.read(config_folder("threats") / "features.json") if events else None
    pseudonyms = Pseudonyms(KEY) if events else None

    def load(path: Path, folder: Path) -> None:
        with open_store(f"duckdb:///{folder / 'store.duckdb'}") as store:
            ingest(open_source(path, schema=schema, pseudonyms=pseudonyms), store, "events", schema=schema)

    return load


def pandas_loader(*, events: bool = False) -> Load:
    """What loads a file in chunks into an SQLite database, as pandas does; its imports done."""
    import pandas as pd
    import sqlalchemy

    def load(path: Path, folder: Path) -> None:
        engine = sqlalchemy.create_engine(f"sqlite:///{folder / 'store.sqlite'}")
        with engine.begin() as connection:
            dates = ["timestamp"] if events else False
            for chunk in pd.read_csv(path, chunksize=PANDAS_CHUNK, parse_dates=dates):
                for name in ("src_ip", "dst_ip") if events else ():
                    chunk[name] = chunk[name].map({each: pseudonym(each) for each in chunk[name].unique()})
                chunk.to_sql("events", connection, if_exists="append", index=False)

    return load


LOADERS: dict[str, Callable[..., Load]] = {"garrison": garrison_loader, "pandas": pandas_loader}


def measure_here(loader: str, path: Path, *, events: bool = False) -> dict[str, float]:
    """Load once in this process; seconds by the clock and of processor time, peak resident memory in MiB."""
    load = LOADERS[loader](events=events)
    with tempfile.TemporaryDirectory() as folder:
        started, worked = time.perf_counter(), time.process_time()
        load(path, Path(folder))
        seconds, busy = time.perf_counter() - started, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu_seconds": busy, "peak_mib": peak}


def measure(loader: str, path: Path, *, events: bool) -> dict[str, float]:
    """Load once in a process of its own."""
    command = [sys.executable, __file__, "--one", loader, str(path), *(["--events"] if events else [])]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(answer.stdout)
    return measured


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--loaders", nargs="+", choices=sorted(LOADERS), default=sorted(LOADERS))
    parser.add_argument("--events", action="store_true", help="network events instead of small integers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--one", nargs=2, metavar=("LOADER", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure_here(options.one[0], Path(options.one[1]), events=options.events)))
        return
    results: list[dict[str, Any]] = []
    print(f"{'loader':10} {'rows':>12} {'seconds':>9} {'cpu s':>7} {'rows/s':>12} {'peak MiB':>9}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.csv"
        for rows in options.rows:
            (make_events if options.events else make_csv)(path, rows, seed=options.seed)
            for loader in options.loaders:
                found = measure(loader, path, events=options.events)
                speed = rows / found["seconds"]
                results.append({"loader": loader, "rows": rows, "rows_per_second": round(speed), **found})
                numbers = f"{found['seconds']:9.2f} {found['cpu_seconds']:7.2f} {speed:12,.0f} {found['peak_mib']:9.0f}"
                print(f"{loader:10} {rows:12,} {numbers}", flush=True)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
