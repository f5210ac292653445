"""How long one event takes in this process, from the mapping to the score; beside plain XGBoost and scikit-learn.

    python benchmarks/score_one.py --data UNSW_NB15_82332rows.parquet

Trains 300 trees of XGBoost on 30,000 of the rows (42 features, checked by configs/threats/unsw_nb15.json), tries the
compiled model on all the others, and scores some of these one by one, in turns, each way the same events. Without
--data, made-up rows of that schema serve.

garrison            FastDetector.score_one: schema check, numbers, 300 trees; the event is a dict
garrison, table     Detector.score of a table of one row: what score_one is proven equal to
xgboost             Booster.inplace_predict of a row of numbers that is ready: no check, no processor
scikit-learn        XGBClassifier.predict_proba of such a row
pipeline            a scikit-learn Pipeline (imputer, one-hot, XGBClassifier) on a pandas frame of one row

Prints percentiles in microseconds, processor time an event (which tells of no waiting for a processor that others use),
the load of the machine, and the largest difference of the scores. All use one thread.
"""

import argparse
import importlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

TREES, TRAINING_ROWS = 300, 30_000
PERCENTILES = (50, 90, 99, 99.9)


def made_up(rows: int, *, seed: int) -> pa.Table:
    """Rows that fit the schema of UNSW-NB15, the label following from some of them."""
    from garrison.data.configs import config_folder
    from garrison.data.schema import Schema

    draw = np.random.default_rng(seed)
    columns: dict[str, Any] = {}
    for column in Schema.read(config_folder("threats") / "unsw_nb15.json").columns:
        if column.type == "string":
            columns[column.name] = draw.choice(["tcp", "udp", "-", "FIN", "http"], rows)
        elif column.type == "integer":
            columns[column.name] = draw.geometric(0.05, rows) - 1
        else:
            columns[column.name] = draw.exponential(100.0, rows)
    columns["label"] = ((columns["sttl"] > 20) ^ (columns["dur"] > 90) ^ (draw.random(rows) < 0.05)).astype(
        int
    )
    return pa.table(columns)


def train(table: pa.Table, *, combined: bool = False) -> Any:
    """The detector that is measured; with the columns that its features file combines out of others, or without."""
    from garrison.data.configs import config_folder
    from garrison.data.schema import Schema
    from garrison.detection import FAMILIES, Detector, Threshold
    from garrison.evaluation import threshold_at_fpr
    from garrison.features import EventProcessor

    schema = Schema.read(config_folder("threats") / "unsw_nb15.json")
    if not combined:
        schema = replace(schema, combined=())
    good = schema.validate(table).table
    processor = EventProcessor().fit(good, schema)
    X, y = processor.transform(good), schema.labels(good)
    params = FAMILIES["xgboost"].complete({"trees": TREES})
    model = FAMILIES["xgboost"].fit(X, y, params=params, seed=0)
    return Detector(
        name="benchmark",
        schema=schema,
        processor=processor,
        model=model,
        family="xgboost",
        params=params,
        threshold=Threshold(threshold_at_fpr(y, model.score(X), 0.01), "fpr=0.01"),
        training_fingerprint="",
    )


def ways(
    detector: Any, events: list[dict[str, Any]], table: pa.Table, tried: pa.Table
) -> dict[str, Callable[[int], float]]:
    """Each way to score event number ``i``; the compiled model is first tried on ``tried``."""
    fast = detector.compiled(rows=tried)
    print(f"compiled: {fast.engine}; proof: {fast.proof}")
    X = detector.processor.transform(detector.checked(table))
    booster = detector.model.booster
    booster.set_param({"nthread": 1})
    peer = importlib.import_module("peers.score_pipeline")
    classifier = peer.classifier(booster)
    found: dict[str, Callable[[int], float]] = {
        "garrison": lambda i: fast.score_one(events[i]),
        "garrison, table": lambda i: float(detector.score([events[i]])[0]),
        "xgboost": lambda i: float(booster.inplace_predict(X[i : i + 1])[0]),
        "scikit-learn": lambda i: float(classifier.predict_proba(X[i : i + 1])[0, 1]),
    }
    if not detector.schema.combined:
        pipeline = peer.pipeline(detector, table)
        frames = [peer.frame(event, detector) for event in events]
        found["pipeline"] = lambda i: float(pipeline.predict_proba(frames[i])[0, 1])
    return found


def measure(scores: dict[str, Callable[[int], float]], events: int, rounds: int) -> dict[str, Any]:
    """Microseconds of every call, by way; the ways take turns, so that all of them see the same machine."""
    taken: dict[str, list[float]] = {way: [] for way in scores}
    found: dict[str, list[float]] = {way: [] for way in scores}
    worked = dict.fromkeys(scores, 0.0)
    for turn in range(rounds):
        for way, score in scores.items():
            for i in range(min(50, events)):
                score(i)
            begun = time.process_time()
            for i in range(turn * events // rounds, (turn + 1) * events // rounds):
                started = time.perf_counter_ns()
                value = score(i)
                taken[way].append((time.perf_counter_ns() - started) / 1e3)
                found[way].append(value)
            worked[way] += time.process_time() - begun
    reference = np.array(found["garrison, table"])
    return {
        way: {
            "percentiles_us": dict(
                zip(map(str, PERCENTILES), np.percentile(taken[way], PERCENTILES).round(1), strict=True)
            ),
            "cpu_us": round(worked[way] / events * 1e6, 1),
            "largest_difference": float(np.abs(np.array(found[way]) - reference).max()),
        }
        for way in scores
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--events", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument(
        "--combined", action="store_true", help="with the columns made of others; no pipeline then"
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    table = (
        pq.read_table(options.data)
        if options.data
        else made_up(TRAINING_ROWS + options.events, seed=options.seed)
    )
    chosen = np.random.default_rng(options.seed).permutation(table.num_rows)
    detector = train(table.take(pa.array(chosen[:TRAINING_ROWS])), combined=options.combined)
    others = table.take(pa.array(chosen[TRAINING_ROWS:]))
    aside = others.slice(0, options.events)
    events = aside.to_pylist()
    before = os.getloadavg()[0]
    results = measure(ways(detector, events, aside, others), len(events), options.rounds)
    print(f"load average {before:.1f} before and {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores")
    print(
        f"{'way':16}"
        + "".join(f"{'p' + str(each):>10}" for each in PERCENTILES)
        + f"{'cpu, mean':>11}{'largest |Δ|':>13}"
    )
    for way, facts in results.items():
        numbers = "".join(f"{value:10.1f}" for value in facts["percentiles_us"].values())
        print(f"{way:16}{numbers}{facts['cpu_us']:11.1f}{facts['largest_difference']:13.1e}")
    print(json.dumps(results))


if __name__ == "__main__":
    main()
