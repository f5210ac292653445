"""Small sets of made-up flows whose attacks have names, some of which occur in the test part only."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FEATURES: dict[str, Any] = {
    "name": "small-flows",
    "columns": [
        {"name": "service", "type": "string"},
        {"name": "bytes", "type": "number", "minimum": 0},
        {"name": "rate", "type": "number", "minimum": 0, "maximum": 1},
        {"name": "errors", "type": "number", "minimum": 0, "maximum": 1},
        {"name": "kind", "type": "string", "role": "label"},
    ],
    "label": {"column": "kind", "positive": "*", "negative": "normal"},
    "report_by": ["service"],
}

KINDS = {
    "normal": (5.0, 0.3, 0.1, ("http", "dns")),
    "scan": (1.0, 0.8, 0.7, ("http", "other")),
    "flood": (1.5, 0.9, 0.6, ("dns", "other")),
    "guess": (2.5, 0.7, 0.5, ("ssh", "http")),
    "worm": (3.5, 0.55, 0.35, ("http", "other")),
}


def flows(counts: dict[str, int], *, seed: int = 3) -> pa.Table:
    """So many flows of each kind, in random order."""
    draw = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for kind, count in counts.items():
        size, rate, errors, services = KINDS[kind]
        for _ in range(count):
            rows.append(
                {
                    "service": str(draw.choice(services)),
                    "bytes": round(float(draw.lognormal(size, 1.2)), 2),
                    "rate": round(float(np.clip(draw.normal(rate, 0.2), 0, 1)), 4),
                    "errors": round(float(np.clip(draw.normal(errors, 0.2), 0, 1)), 4),
                    "kind": kind,
                }
            )
    return pa.Table.from_pylist(rows).take(pa.array(draw.permutation(len(rows))))


def write_flows(folder: Path) -> tuple[Path, Path, Path]:
    """A training file, a test file with a kind of its own (worm), and their features file."""
    train, test, features = folder / "train.parquet", folder / "later.parquet", folder / "flows.json"
    pq.write_table(flows({"normal": 300, "scan": 80, "flood": 60, "guess": 30}), train)
    pq.write_table(flows({"normal": 150, "scan": 30, "guess": 20, "worm": 30}, seed=4), test)
    features.write_text(json.dumps(FEATURES), encoding="utf-8")
    return train, test, features
