"""Small detectors of made-up web sites, saved, and records as a run leaves them."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from garrison.assurance import Gate, Judgement, Rival, Span
from garrison.data.schema import Schema
from garrison.detection import FAMILIES, Detector, Threshold, save_detector
from garrison.features.tabular import TabularProcessor
from garrison.registry import Version

SCHEMA = Schema.from_dict(
    {
        "name": "sites",
        "columns": [
            {"name": "dots", "type": "integer", "role": "feature"},
            {"name": "age", "type": "number", "role": "feature"},
            {"name": "bad", "type": "integer", "role": "label"},
        ],
        "label": {"column": "bad", "positive": 1, "negative": 0},
    }
)


def small_sites(seed: int) -> pa.Table:
    """200 sites with their labels."""
    draw = np.random.default_rng(seed)
    dots, age = draw.integers(0, 9, 200), draw.random(200)
    return pa.table({"dots": dots, "age": age, "bad": (dots + age > 5).astype(int)})


def save_small_detector(folder: Path, *, seed: int = 1, threshold: float = 0.5, auc: float = 0.9) -> Path:
    """Train a logistic regression on ``small_sites(seed)`` and save it."""
    table = small_sites(seed)
    processor = TabularProcessor().fit(table, SCHEMA)
    family = FAMILIES["logistic_regression"]
    model = family.fit(processor.transform(table), SCHEMA.labels(table), seed=0)
    detector = Detector(
        name="sites",
        schema=SCHEMA,
        processor=processor,
        model=model,
        family="logistic_regression",
        params=dict(family.defaults),
        threshold=Threshold(value=threshold, rule="fixed"),
        training_fingerprint=f"{seed:064}",
        measures={"auc": auc},
    )
    save_detector(detector, folder)
    return folder


def judged_record(*, auc: float = 0.9, over: Version | None = None, low: float = 0.01) -> dict[str, Any]:
    """A record as a run writes it: an AUC at the gate 0.7, and a gain over the version ``over``, if one is given."""
    rival = None
    if over is not None:
        gain = Span(value=low + 0.02, low=low, high=low + 0.04)
        rival = Rival(version=over.version, digest=over.record.digest, value=0.8, gain=gain)
    judgement = Judgement(
        metric="auc",
        found=Span(value=auc, low=auc - 0.02, high=auc + 0.02),
        margin=0,
        gates=(Gate.read("auc", ">= 0.7").judge(auc),),
        rival=rival,
    )
    return {
        "run": "sites-1",
        "metrics": {"auc": auc},
        "reason": judgement.verdict(),
        "judgement": judgement.model_dump(mode="json"),
    }
