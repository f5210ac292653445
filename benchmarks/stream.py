"""How many events a second a stream scores from a growing file to another, and in how much memory; beside a plain loop.

    python benchmarks/stream.py --rows 100000 1000000

Trains a detector (XGBoost, its default parameters, windows of 10 s, 1 min and 10 min) on 20,000 simulated events, and
makes JSON Lines files of others:

simulated   the traffic of a week or more, some 1 to 15 events a second, in order of time
jitter      the same, each event up to some seconds late: many stand behind a later one
busy        1,000 events a second, so that 600,000 lie within the longest window

Each file is scored, each time in a process of its own, by the same trees:

garrison    run_stream, file to file: every line is held against the schema, addresses are replaced, a checkpoint every
            second with all that the windows remember
plain loop  json.loads, a frame of one row in pandas, predict_proba, one line written; see peers/stream_one_row.py

Prints events a second, the peak resident memory and the size of the state as a table and as JSON. Imports, training and
fitting are not counted. The plain loop scores the first --most-loop events.
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
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

BATCH_ROWS = 65_536
LATENESS_S = 2.0
KEY = bytes(range(32))


def make_lines(kind: str, path: Path, rows: int, *, seed: int) -> None:
    """Write ``rows`` events that the detector has not seen, as JSON Lines."""
    score = importlib.import_module("threats_score")
    from garrison.data.simulator import write_simulated

    if kind == "simulated":
        write_simulated(path, rows, seed=seed)
        return
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "events.parquet"
        score.make_events("busy" if kind == "busy" else "simulated", made, rows, seed=seed)
        if kind == "jitter":
            table = pyarrow.parquet.read_table(made)
            moments = table.column("timestamp").cast(pa.int64()).to_numpy() / 1e6
            arrival = moments + np.random.default_rng(seed).exponential(LATENESS_S, rows)
            pyarrow.parquet.write_table(table.take(pa.array(np.argsort(arrival))), made)
        with pyarrow.parquet.ParquetFile(made) as file, path.open("w", encoding="utf-8") as lines:
            for batch in file.iter_batches(BATCH_ROWS):
                for row in batch.to_pylist():
                    row["timestamp"] = row["timestamp"].isoformat()
                    lines.write(json.dumps(row) + "\n")


def garrison(folder: Path, source: Path, sink: Path, most: int, *, batch_rows: int = 10_000) -> int:  # noqa: ARG001 (it takes them all)
    """Score a file; how many events there were."""
    from garrison.data.pseudonyms import Pseudonyms
    from garrison.detection import load_detector
    from garrison.serving.stream import Pace, run_stream

    summary = run_stream(
        load_detector(folder / "detector"),
        str(source),
        str(sink),
        say=lambda text: print(text, file=sys.stderr),
        state=sink.with_suffix(".state"),
        refused=sink.with_suffix(".refused"),
        pseudonyms=Pseudonyms(KEY),
        until_end=True,
        pace=Pace(batch_rows=batch_rows),
    )
    return summary.now.events


def plain_loop(folder: Path, source: Path, sink: Path, most: int, *, batch_rows: int = 1) -> int:  # noqa: ARG001 (it knows no batches)
    """Score the first ``most`` events of a file; how many there were."""
    from garrison.detection import load_detector

    names = load_detector(folder / "detector").processor.names
    peer = importlib.import_module("peers.stream_one_row")
    scorer = peer.OneRow(folder / "fit.parquet", folder / "detector" / "model" / "model.json", names)
    done: int = scorer.run(source, sink, most)
    return done


WAYS: dict[str, Callable[..., int]] = {"garrison": garrison, "plain loop": plain_loop}


def measure_here(
    way: str, folder: Path, source: Path, sink: Path, most: int, batch_rows: int = 10_000
) -> dict[str, float]:
    """Score once in this process; seconds by the clock and of processor time, peak memory and state in MiB."""
    WAYS[way](folder, _beginning(source, sink), sink.with_suffix(".warm"), 1)
    sink.with_suffix(".state").unlink(missing_ok=True)
    started, worked = time.perf_counter(), time.process_time()
    scored = WAYS[way](folder, source, sink, most, batch_rows=batch_rows)
    seconds, busy = time.perf_counter() - started, time.process_time() - worked
    state = sink.with_suffix(".state")
    return {
        "scored": scored,
        "seconds": seconds,
        "cpu_seconds": busy,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "state_mib": state.stat().st_size / (1 << 20) if state.exists() else 0.0,
    }


def _beginning(source: Path, sink: Path) -> Path:
    """One line of it, so that what is made once is not counted."""
    path = sink.with_suffix(".jsonl")
    with source.open("rb") as lines:
        path.write_bytes(next(lines))
    return path


def apart(*arguments: object) -> str:
    """What this file prints when it is run with ``arguments`` in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    command = [sys.executable, __file__, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000])
    parser.add_argument("--events", nargs="+", choices=("simulated", "jitter", "busy"), default=["simulated"])
    parser.add_argument("--ways", nargs="+", choices=sorted(WAYS), default=sorted(WAYS))
    parser.add_argument("--most-loop", type=int, default=1_000)
    parser.add_argument("--batch-rows", type=int, default=10_000, help="lines that Garrison scores at once")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--one", nargs=3, metavar=("WAY", "FOLDER", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("--make", nargs=4, metavar=("KIND", "FILE", "ROWS", "SEED"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        kind, path, rows, seed = options.make
        make_lines(kind, Path(path), int(rows), seed=int(seed))
        return
    if options.one:
        way, folder, path = options.one
        sink = Path(folder) / "verdicts.out"
        sink.unlink(missing_ok=True)
        print(
            json.dumps(
                measure_here(way, Path(folder), Path(path), sink, options.most_loop, options.batch_rows)
            )
        )
        return
    results: list[dict[str, Any]] = []
    heads = f"{'scored':>12} {'cpu s':>8} {'events/s':>10} {'peak MiB':>9} {'state MiB':>9}"
    print(f"{'events':10} {'way':10} {'rows':>12} {heads}")
    with tempfile.TemporaryDirectory() as name:
        folder, path = Path(name), Path(name) / "events.jsonl"
        importlib.import_module("threats_score").apart("--train", folder, "--seed", options.seed + 1)
        for kind, rows in ((kind, rows) for kind in options.events for rows in options.rows):
            apart("--make", kind, path, rows, options.seed)
            for way in options.ways:
                found = json.loads(
                    apart(
                        "--one",
                        way,
                        folder,
                        path,
                        "--most-loop",
                        options.most_loop,
                        "--batch-rows",
                        options.batch_rows,
                    )
                )
                speed = found["scored"] / found["seconds"]
                results.append(
                    {"events": kind, "way": way, "rows": rows, "events_per_second": round(speed), **found}
                )
                numbers = f"{found['cpu_seconds']:8.1f} {speed:10,.0f}"
                memory = f"{found['peak_mib']:9.0f} {found['state_mib']:9.1f}"
                print(f"{kind:10} {way:10} {rows:12,} {found['scored']:12,} {numbers} {memory}", flush=True)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
