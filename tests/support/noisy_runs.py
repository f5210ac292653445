"""A detector that has learnt noise by heart, in the registry of a workspace beside the run that split its rows."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from small_attacks import FEATURES, changeable_flows

from garrison.data.schema import Schema
from garrison.detection import FAMILIES, Detector, Threshold, save_detector
from garrison.detection.weights import class_weights
from garrison.features import TabularProcessor
from garrison.pipelines.phishing import run_phishing, settings_for
from garrison.registry import LocalRegistry
from garrison.run.fingerprint import table_fingerprint

NAME = "experimental/by-heart"
PARAMS = {"trees": 25, "max_depth": 8, "learning_rate": 0.3, "min_child_weight": 0.1}


def noisy_flows(count: int, *, seed: int = 0) -> pa.Table:
    """Made-up flows, the labels of two fifths of which are drawn anew."""
    table = changeable_flows(count, seed=seed)
    draw = np.random.default_rng([seed, 1])
    bad = np.where(draw.random(count) < 0.4, draw.integers(0, 2, count), table["bad"].to_numpy())
    return table.set_column(table.column_names.index("bad"), "bad", pa.array(bad))


def train_by_heart(workspace: Path) -> None:
    """``flows.parquet``, the first stage of a run on it, and a detector of its training part; classes balanced."""
    workspace.mkdir(parents=True, exist_ok=True)
    pq.write_table(noisy_flows(800), workspace / "flows.parquet")
    features = workspace / "flows.json"
    features.write_text(json.dumps({**FEATURES, "name": "changeable-flows"}), encoding="utf-8")
    overrides = [
        f"ingestion.data={workspace / 'flows.parquet'}",
        f"ingestion.features={features}",
        "ingestion.test_share=0.4",
        "training.weights=balanced",
        "tracking.enabled=false",
    ]
    run_phishing(
        settings_for(None, overrides=overrides), workspace=workspace, name="by-heart", until="ingestion"
    )
    train = pq.read_table(workspace / "runs" / "by-heart" / "stages" / "ingestion" / "train.parquet")
    schema = Schema.read(features)
    processor, y = TabularProcessor(impute="median").fit(train, schema), schema.labels(train)
    family = FAMILIES["xgboost"]
    params = family.complete(PARAMS)
    weights = class_weights(y, "balanced")
    model = family.fit(processor.transform(train), y, params=params, seed=0, weights=weights)
    detector = Detector(
        name="by-heart",
        schema=schema,
        processor=processor,
        model=model,
        family="xgboost",
        params=params,
        threshold=Threshold(0.5, "fixed"),
        training_fingerprint=table_fingerprint(train),
    )
    save_detector(detector, workspace / "made")
    LocalRegistry(workspace / "models").push(workspace / "made", "by-heart", record={"run": "by-heart"})
