"""A registry with a detector of simulated events that can be watched, made in a second."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from garrison.data.configs import config_folder
from garrison.data.schema import Schema
from garrison.data.simulator import write_simulated
from garrison.detection import FAMILIES, Detector, Threshold, save_detector
from garrison.features import EventProcessor
from garrison.pipelines.stages.watching import with_reference
from garrison.registry import LocalRegistry

EVENTS = 4_000


def write_watched_model(workspace: Path, *, events: int = EVENTS, seed: int = 1) -> Path:
    """Write ``training.parquet`` and a detector of it, version 1 of ``experimental/threats``; says where it lies.

    Half of the events are learnt, the other half are those held out.
    """
    path = workspace / "training.parquet"
    write_simulated(path, events, seed=seed, malicious_share=0.2)
    schema = Schema.read(config_folder("threats") / "features.json")
    table = schema.validate(pq.read_table(path)).table
    rows = np.random.default_rng(seed).permutation(events)
    processor = EventProcessor().fit(table, schema)
    X, y = processor.transform(table), schema.labels(table)
    learnt, held = rows[: events // 2], rows[events // 2 :]
    params = FAMILIES["logistic_regression"].complete({})
    model = FAMILIES["logistic_regression"].fit(X[learnt], y[learnt], params=params, seed=0)
    detector = Detector(
        name="threats",
        schema=schema,
        processor=processor,
        model=model,
        family="logistic_regression",
        params=params,
        threshold=Threshold(0.5, "f1"),
        training_fingerprint="simulated",
    )
    watched = with_reference(detector, table.take(learnt), X[learnt], scores=model.score(X[held]), y=y[held])
    save_detector(watched, workspace / "detector")
    return LocalRegistry(workspace / "models").push(workspace / "detector", "threats").detector
