"""How long does one event take over HTTP at a steady 200 requests a second? Beside MLflow's own `models serve`.

    python benchmarks/serve_http.py --rate 200 --seconds 30

XGBoost, 300 trees on 42 numbers, trained on 20,000 made-up rows. The same trees answer behind

garrison    `garrison serve`
fastapi     a bare FastAPI, a pydantic model of the event, XGBClassifier.predict_proba
mlflow      `mlflow models serve --env-manager local`, where the full MLflow is installed

each on loopback, in a process of its own that may use one core; the client has another. Latency is counted from the
moment at which each request was due; processor time is that of the service, a request. The score that each gives stands
in the JSON. Prints a table and JSON.
"""

import argparse
import asyncio
import contextlib
import importlib
import importlib.util
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

FEATURES, TREES, ROWS = 42, 300, 20_000
WARM = 200
NAMES = [f"f{place}" for place in range(FEATURES)]
HERE = Path(__file__).parent


def make_model(folder: Path) -> dict[str, float]:
    """Save the detector, and the same trees for the peers; gives an event."""
    import pyarrow as pa
    import xgboost

    from garrison.data.schema import Schema
    from garrison.detection import FAMILIES, Detector, Threshold, save_detector
    from garrison.features import TabularProcessor

    draw = np.random.default_rng(0)
    X = draw.normal(size=(ROWS, FEATURES))
    y = X[:, 0] + X[:, 1] * X[:, 2] + draw.normal(size=ROWS) > 0.5
    columns: list[dict[str, Any]] = [{"name": name, "type": "number"} for name in NAMES]
    columns.append({"name": "bad", "type": "boolean", "role": "label"})
    schema = Schema.from_dict(
        {"name": "flows", "columns": columns, "label": {"column": "bad", "positive": True, "negative": False}}
    )
    table = pa.table({**{name: X[:, place] for place, name in enumerate(NAMES)}, "bad": y})
    processor = TabularProcessor(impute="median").fit(table, schema)
    params = FAMILIES["xgboost"].complete({"trees": TREES})
    model = FAMILIES["xgboost"].fit(processor.transform(table), y, params=params, seed=0)
    detector = Detector(
        name="flows",
        schema=schema,
        processor=processor,
        model=model,
        family="xgboost",
        params=params,
        threshold=Threshold(0.5, "fixed"),
        training_fingerprint="made up",
    )
    save_detector(detector, folder / "detector")
    (folder / "names").write_text(",".join(NAMES), encoding="utf-8")
    if importlib.util.find_spec("mlflow.pyfunc") is not None:
        import mlflow.xgboost

        booster = xgboost.Booster()
        booster.load_model(folder / "detector" / "model" / "model.json")
        with contextlib.suppress(Exception):
            mlflow.xgboost.save_model(booster, folder / "mlflow", pip_requirements=[])
    return dict(zip(NAMES, X[0].tolist(), strict=True))


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


Way = tuple[Callable[[Path, int], list[str]], str, Callable[[dict[str, float]], Any], Callable[[Any], float]]
"""The command at a port, the path that scores, the body of an event, and the score in an answer."""

WAYS: dict[str, Way] = {
    "garrison": (
        lambda folder, port: [
            *(sys.executable, "-c", "from garrison.cli import main; main()", "serve"),
            *("--model", str(folder / "detector"), "--port", str(port)),
        ],
        "/v1/score",
        lambda event: event,
        lambda answer: float(answer["score"]),
    ),
    "fastapi": (
        lambda folder, port: [
            *(sys.executable, str(HERE / "peers" / "http_fastapi.py")),
            *(str(folder / "detector" / "model" / "model.json"), str(folder / "names"), str(port)),
        ],
        "/score",
        lambda event: event,
        lambda answer: float(answer["score"]),
    ),
    "mlflow": (
        lambda folder, port: [
            *(sys.executable, "-m", "mlflow", "models", "serve", "-m", str(folder / "mlflow")),
            *("--env-manager", "local", "--port", str(port)),
        ],
        "/invocations",
        lambda event: {"dataframe_records": [event]},
        lambda answer: float(answer["predictions"][0]),
    ),
}


@contextlib.contextmanager
def served(way: str, folder: Path, core: int | None) -> Iterator[tuple[str, int]]:
    """The URL of a way that answers, on one core, and its process."""
    port = free_port()
    command = WAYS[way][0](folder, port)
    if core is not None:
        command = ["taskset", "-c", str(core), *command]
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db",
    }
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None:
                raise RuntimeError(f"{way} ended with {process.returncode}")
            time.sleep(0.2)
        time.sleep(1)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)


def processor_seconds(process: int) -> float:
    """Seconds that a process and those it began have worked."""
    family = [psutil.Process(process), *psutil.Process(process).children(recursive=True)]
    return sum(each.cpu_times().user + each.cpu_times().system for each in family)


def measure(way: str, folder: Path, event: dict[str, float], options: argparse.Namespace) -> dict[str, Any]:
    """One way at a steady pace."""
    import httpx

    clients = importlib.import_module("peers.http_clients")
    _, path, body_of, score_of = WAYS[way]
    with served(way, folder, options.core) as (url, process):
        body = json.dumps(body_of(event)).encode()
        first = httpx.post(url + path, content=body, headers={"content-type": "application/json"}, timeout=60)
        first.raise_for_status()
        before = processor_seconds(process)
        answers = asyncio.run(
            clients.paced(url, path, body, rate=options.rate, seconds=options.seconds, warm=WARM)
        )
        spent = processor_seconds(process) - before
    each = 1000 * spent / (len(answers.seconds) + WARM)
    return {"way": way, "score": score_of(first.json()), **answers.summary(), "cpu_ms": each}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--ways", nargs="+", choices=sorted(WAYS), default=list(WAYS))
    parser.add_argument("--any-core", action="store_true", help="do not hold the service to one core")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    options.core = None if options.any_core or len(cores) < 2 else cores[0]
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        event = make_model(folder)
        if options.core is not None:
            os.sched_setaffinity(0, set(cores[1:]))
        heads = ("p50 ms", "p90", "p99", "p99.9", "max", "cpu ms")
        print(f"{'way':10} {'requests':>9} {'errors':>7} {' '.join(f'{head:>8}' for head in heads)}")
        for way in options.ways:
            try:
                found = measure(way, folder, event, options)
            except Exception as error:
                print(f"{way:10} did not run here: {type(error).__name__}: {error}")
                continue
            results.append(found)
            numbers = " ".join(
                f"{found[key]:8.2f}" for key in ("p50_ms", "p90_ms", "p99_ms", "p99.9_ms", "max_ms", "cpu_ms")
            )
            print(f"{way:10} {found['requests']:9,} {found['errors']:7} {numbers}", flush=True)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
