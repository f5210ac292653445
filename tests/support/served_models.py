"""A registry with small models in it, as the service finds one: flows without a past, and events with one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from small_events import EVENTS_SCHEMA, some_events
from small_flows import FEATURES, flows

from garrison.data.schema import Schema
from garrison.detection import FAMILIES, Detector, Threshold, save_detector
from garrison.features import EventProcessor, TabularProcessor
from garrison.registry import LocalRegistry

FLOWS_SCHEMA = Schema.from_dict(FEATURES)
FLOW: dict[str, Any] = {"service": "http", "bytes": 12.5, "rate": 0.9, "errors": 0.8}


def flows_detector(*, threshold: float = 0.5, family: str = "logistic_regression") -> Detector:
    """A detector of small flows."""
    table = FLOWS_SCHEMA.validate(flows({"normal": 200, "scan": 60, "flood": 60})).table
    return _fitted("flows", FLOWS_SCHEMA, TabularProcessor(impute="median"), table, family, threshold)


def events_detector() -> Detector:
    """A detector of events that looks at what their source did before."""
    table = EVENTS_SCHEMA.validate(pa.Table.from_pylist(some_events(400))).table
    return _fitted("events", EVENTS_SCHEMA, EventProcessor(), table, "xgboost", 0.5)


def _fitted(
    name: str, schema: Schema, plain: Any, table: pa.Table, family: str, threshold: float
) -> Detector:
    processor = plain.fit(table, schema)
    params = FAMILIES[family].complete({"trees": 8} if family == "xgboost" else {})
    model = FAMILIES[family].fit(processor.transform(table), schema.labels(table), params=params, seed=0)
    return Detector(
        name=name,
        schema=schema,
        processor=processor,
        model=model,
        family=family,
        params=params,
        threshold=Threshold(value=threshold, rule="fixed"),
        training_fingerprint="0" * 64,
        measures={"auc": 0.9},
    )


def publish(detector: Detector, workspace: Path, *, threshold: float | None = None) -> int:
    """Put a detector into production in ``workspace/models``; gives its version."""
    if threshold is not None:
        detector = replace(detector, threshold=Threshold(threshold, "fixed"))
    folder = workspace / "made"
    save_detector(detector, folder)
    registry = LocalRegistry(workspace / "models")
    version = registry.push(folder, detector.name).version
    registry.promote(detector.name, version)
    return version
