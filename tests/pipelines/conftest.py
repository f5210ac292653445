"""A small set of web sites, and a short run on it."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from garrison.pipelines.outcome import Outcome
from garrison.pipelines.phishing import run_phishing, settings_for

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

RunSmall = Callable[..., Outcome]


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


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    """A CSV file of 400 made-up sites, its features file beside it."""
    (tmp_path / "small.json").write_text(json.dumps(FEATURES), encoding="utf-8")
    return write_csv(tmp_path / "sites.csv", small_rows())


@pytest.fixture
def run_small(sites: Path, tmp_path: Path) -> RunSmall:
    """Runs the phishing pipeline on the small set with two quick families and no tracking."""

    def run(
        *overrides: str, workspace: str = "work", name: str | None = None, until: str | None = None
    ) -> Outcome:
        loaded = settings_for(
            None,
            overrides=[
                f"ingestion.data={sites}",
                f"ingestion.features={tmp_path / 'small.json'}",
                "training.families=[logistic_regression, lightgbm]",
                "training.folds=2",
                "evaluation.repeats=50",
                "tracking.enabled=false",
                "jobs=1",
                *overrides,
            ],
        )
        return run_phishing(loaded, workspace=tmp_path / workspace, name=name, until=until)

    return run
