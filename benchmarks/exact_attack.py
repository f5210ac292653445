"""How near the fast attack on trees comes to the least cost that is possible, where that can be proved.

    python benchmarks/exact_attack.py --rows 60 --models 5x3 10x3 20x4

Small boosters (trees x depth) on NSL-KDD as its features file has it, and on UNSW-NB15 without the relations that are
products or quotients (through which proofs hardly ever end) and without the columns that only those give.
Each event is attacked by leaf_walk, and by exact_trees with the boxes that are given; those whose optimum was proved
are compared. Prints how many were, and the quantiles of fast cost over least cost.
"""

import argparse
import importlib
import json
import time
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from garrison.attacks.evasion import ExactTrees, LeafWalk, Targets
from garrison.attacks.evasion.exact_trees import CLOSE
from garrison.data.catalogue import fetch
from garrison.data.configs import config_folder
from garrison.data.schema import Schema

DATA = ("nsl_kdd", "unsw_nb15")
evasion: Any = importlib.import_module("evasion")


def linear(schema: Schema) -> Schema:
    """The schema without relations in which two columns are multiplied or divided."""
    facts = schema.to_dict()
    facts["relations"] = [each for each in facts.get("relations", []) if "/" not in each["holds"]]
    facts["relations"] = [
        each for each in facts["relations"] if " * (" not in each["holds"] and "* sinpkt" not in each["holds"]
    ]
    return Schema.from_dict(facts)


def compare(name: str, model: str, *, rows: int, boxes: int, most: int) -> dict[str, Any]:
    """Fast against exact, on one data set and one size of model."""
    schema = linear(Schema.read(config_folder("threats") / f"{name}.json"))
    table = schema.validate(pq.read_table(fetch(name))).table
    trees, depth = map(int, model.split("x"))
    params = {"trees": trees, "max_depth": depth, "learning_rate": 0.3}
    detector, rest = evasion.fitted(schema, table, most=most, family="xgboost", params=params)
    targets = Targets.of(detector, rest, rows=rows)
    times, found = [], []
    for attack in (LeafWalk(detector), ExactTrees(detector, boxes=boxes)):
        started = time.process_time()
        found.append(attack.run(targets, raw=False))
        times.append(time.process_time() - started)
    ratios, proved, impossible, missed = [], 0, 0, 0
    for fast, exact in zip(found[0].outcomes, found[1].outcomes, strict=True):
        if exact.bound is None:
            continue
        least = exact.cost if exact.cost is not None else found[1].epsilon
        if exact.bound < least * (1 - 2 * CLOSE):
            continue
        proved += 1
        impossible += exact.cost is None
        missed += exact.cost is not None and fast.cost is None
        if exact.cost and fast.cost is not None:
            ratios.append(fast.cost / exact.cost)
    quantiles = [float(each) for each in np.quantile(ratios, [0.5, 0.9, 1.0])] if ratios else []
    return {
        "data": name,
        "model": model,
        "events": len(found[0].attacked),
        "proved": proved,
        "impossible": impossible,
        "missed": missed,
        "compared": len(ratios),
        "ratio": quantiles,
        "cpu_seconds": times,
    }


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=60)
    parser.add_argument("--models", nargs="+", default=["5x3", "10x3", "20x4"])
    parser.add_argument("--data", nargs="+", choices=DATA, default=list(DATA))
    parser.add_argument("--boxes", type=int, default=5_000)
    parser.add_argument("--training-rows", type=int, default=30_000)
    options = parser.parse_args()
    results = []
    print(
        f"{'data':10} {'model':6} {'events':>6} {'proved':>6} {'compared':>8} {'missed':>6}  ratio 50 % 90 % 100 %"
    )
    for name in options.data:
        for model in options.models:
            found = compare(name, model, rows=options.rows, boxes=options.boxes, most=options.training_rows)
            results.append(found)
            told = " ".join(f"{each:.4f}" for each in found["ratio"]) or "–"
            print(
                f"{name:10} {model:6} {found['events']:6} {found['proved']:6} {found['compared']:8}"
                f" {found['missed']:6}  {told}",
                flush=True,
            )
    print(json.dumps(results))


if __name__ == "__main__":
    main()
