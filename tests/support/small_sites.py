"""A small set of made-up web sites to learn phishing from."""

import csv
import json
from pathlib import Path

import numpy as np

FEATURES = {
    "name": "small-sites",
    "columns": [
        {"name": "https", "type": "integer", "allowed": [-1, 0, 1]},
        {"name": "anchors", "type": "integer", "allowed": [-1, 0, 1]},
        {"name": "age", "type": "number", "minimum": 0, "nullable": True, "impute": "knn"},
        {"name": "popup", "type": "integer", "allowed": [0, 1]},
        {"name": "label", "type": "integer", "role": "label"},
    ],
    "label": {"column": "label", "positive": 1, "negative": 0},
}


def small_rows(rows: int = 400, seed: int = 7) -> list[dict[str, object]]:
    draw = np.random.default_rng(seed)
    made: list[dict[str, object]] = []
    for _ in range(rows):
        label = int(draw.random() < 0.45)
        age = round(float(draw.gamma(2 + 2 * (1 - label), 3.0)), 1)
        made.append(
            {
                "https": int(draw.choice([-1, 0, 1], p=[0.7, 0.2, 0.1] if label else [0.1, 0.2, 0.7])),
                "anchors": int(draw.choice([-1, 0, 1], p=[0.5, 0.3, 0.2] if label else [0.2, 0.3, 0.5])),
                "age": "" if draw.random() < 0.05 else age,
                "popup": int(draw.random() < 0.3),
                "label": label,
            }
        )
    return made


def write_csv(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_sites(folder: Path) -> Path:
    """Write ``sites.csv``, of 400 sites, and its features file ``small.json`` beside it."""
    (folder / "small.json").write_text(json.dumps(FEATURES), encoding="utf-8")
    return write_csv(folder / "sites.csv", small_rows())
