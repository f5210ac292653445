"""How far attacks bring detection on UNSW-NB15 down, and how fast; beside the Adversarial Robustness Toolbox.

    python benchmarks/evasion.py --peer-python /path/to/a/python/that/has/art --rows 100 --peer-rows 5

Trains the default XGBoost on a grouped part of UNSW-NB15 (threshold 0.5) and attacks malicious events of the other part
within a largest change of 2 standard deviations of the training part. Garrison changes what the features file lets an
attacker change, and counts events that can be; the toolbox (HopSkipJump by verdict, ZOO by score) is given the model's
inputs in standard deviations, knows no constraints, and is counted by verdict and cost alone. HopSkipJump has its
defaults. ``leaf_walk:first`` takes the first event that passes and does not look for a cheaper one. Prints detection,
success, and seconds an event, by the clock and of processor time; the model is asked in one thread on both sides.

The toolbox needs an environment of its own:
python -m venv V; V/bin/pip install adversarial-robustness-toolbox scikit-learn xgboost-cpu packaging.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from garrison.attacks.evasion import ATTACKS, LeafWalk, Targets
from garrison.data.catalogue import fetch
from garrison.data.configs import config_folder
from garrison.data.schema import Schema
from garrison.data.splits import group_ids, split_groups
from garrison.detection import FAMILIES, Detector, Threshold
from garrison.features import TabularProcessor
from garrison.features.standard import center_and_spread

PEER = Path(__file__).parent / "peers" / "evasion_art.py"
PEER_ATTACKS = ("hop_skip_jump", "zoo")


def trained(
    *, most: int, family: str = "xgboost", params: dict[str, Any] | None = None
) -> tuple[Detector, Any]:
    """A detector of UNSW-NB15 with the defaults of its family, and the rows it has not seen, with their labels."""
    schema = Schema.read(config_folder("threats") / "unsw_nb15.json")
    table = schema.validate(pq.read_table(fetch("unsw_nb15"))).table
    return fitted(schema, table, most=most, family=family, params=params)


def fitted(
    schema: Schema, table: pa.Table, *, most: int, family: str, params: dict[str, Any] | None
) -> tuple[Detector, pa.Table]:
    """A detector learnt from up to ``most`` rows, and the other groups' rows."""
    split = split_groups(schema.labels(table), group_ids(table, schema), test_share=0.3, seed=0)
    learnt = np.random.default_rng(0).permutation(split.train)[:most]
    training, rest = table.take(pa.array(np.sort(learnt))), table.take(pa.array(split.test))
    processor = TabularProcessor(impute="median").fit(training, schema)
    full = FAMILIES[family].complete(params or {})
    model = FAMILIES[family].fit(processor.transform(training), schema.labels(training), params=full, seed=0)
    detector = Detector(
        name=schema.name,
        schema=schema,
        processor=processor,
        model=model,
        family=family,
        params=full,
        threshold=Threshold(0.5, "fixed"),
        training_fingerprint="0" * 64,
    )
    return detector, rest


def by_garrison(
    detector: Detector, rest: pa.Table, name: str, *, rows: int, epsilon: float
) -> dict[str, Any]:
    """One attack: detection before and after, success, and seconds an attacked event."""
    targets = Targets.of(detector, rest, rows=rows)
    kind, _, first = name.partition(":")
    attack = (
        LeafWalk(detector, epsilon=epsilon, cheapest=False)
        if first
        else ATTACKS[kind](detector, epsilon=epsilon)
    )
    started, worked = time.perf_counter(), time.process_time()
    result = attack.run(targets, epsilons=(0.5, 1.0, 2.0), raw=False)
    seconds, busy = time.perf_counter() - started, time.process_time() - worked
    count = max(len(result.attacked), 1)
    return {
        "attack": name,
        "events": count,
        "detection": result.detection_before,
        "detection_after": result.detection_after,
        "success": result.success,
        "curve": result.curve(),
        "median_cost": result.median_cost,
        "queries": result.queries / count,
        "seconds": seconds / count,
        "cpu_seconds": busy / count,
    }


def by_peer(
    python: str, detector: Detector, rest: pa.Table, name: str, *, rows: int, epsilon: float
) -> dict[str, Any]:
    """One attack of the toolbox on the same model and some of the same flagged events."""
    targets = Targets.of(detector, rest, rows=max(10 * rows, 100))
    chosen = np.flatnonzero(targets.flagged)[:rows]
    X = detector.processor.transform(targets.rows.table.take(pa.array(targets.chosen[chosen])))
    _, spread = center_and_spread(detector.processor.transform(targets.rows.table))
    names = detector.processor.names
    numbers = np.array(["=" not in each for each in names])
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        detector.model.save(place / "model")
        np.savez(place / "rows.npz", X=X, spread=spread, numbers=numbers)
        done = subprocess.run(
            [python, str(PEER), name, str(place), str(epsilon), str(detector.threshold.value)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"},
        )
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return {"attack": name, "events": len(chosen), **found}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--training-rows", type=int, default=60_000)
    parser.add_argument("--epsilon", type=float, default=2.0)
    parser.add_argument(
        "--attacks",
        nargs="+",
        default=["leaf_walk", "leaf_walk:first", "coordinate_search", "random_search", "boundary"],
    )
    parser.add_argument("--peer-python", help="the Python of an environment with the toolbox")
    parser.add_argument("--peer-rows", type=int, default=5)
    parser.add_argument("--peer-attacks", nargs="+", choices=PEER_ATTACKS, default=list(PEER_ATTACKS))
    options = parser.parse_args()
    detector, rest = trained(most=options.training_rows)
    results = []
    print(
        f"{'attack':18} {'events':>6} {'detected':>9} {'after':>6} {'success':>8} {'s/event':>9} {'cpu s/event':>12}"
    )

    def show(found: dict[str, Any]) -> None:
        results.append(found)
        told = [f"{found[key]:.3f}" if key in found else "–" for key in ("detection", "detection_after")]
        spent = f"{found['seconds']:9.4f} {found['cpu_seconds']:12.4f}"
        print(
            f"{found['attack']:18} {found['events']:6} {told[0]:>9} {told[1]:>6} {found['success']:8.3f} {spent}",
            flush=True,
        )

    for name in options.attacks:
        show(by_garrison(detector, rest, name, rows=options.rows, epsilon=options.epsilon))
    if options.peer_python:
        for name in options.peer_attacks:
            show(
                by_peer(
                    options.peer_python, detector, rest, name, rows=options.peer_rows, epsilon=options.epsilon
                )
            )
    print(json.dumps(results))


if __name__ == "__main__":
    main()
