"""A saved detector of network events, quick to make, and events for it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from event_lines import event_lines
from small_events import EVENTS_SCHEMA, some_events

from garrison.detection import FAMILIES, Detector, Threshold, load_detector, save_detector
from garrison.features import EventProcessor
from garrison.features.frames import as_tables


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a detector that counts windows."""
    table = EVENTS_SCHEMA.validate(next(as_tables(some_events(400, seed=9)))).table
    processor = EventProcessor().fit(table, EVENTS_SCHEMA)
    params = FAMILIES["xgboost"].complete({"trees": 8})
    y = EVENTS_SCHEMA.labels(table)
    fitted = FAMILIES["xgboost"].fit(processor.transform(table), y, params=params, seed=0)
    folder = tmp_path_factory.mktemp("model") / "detector"
    detector = Detector(
        name="small",
        schema=EVENTS_SCHEMA,
        processor=processor,
        model=fitted,
        family="xgboost",
        params=params,
        threshold=Threshold(0.2, "fixed"),
        training_fingerprint="ab" * 32,
    )
    save_detector(detector, folder)
    return folder


@pytest.fixture(scope="session")
def detector(model: Path) -> Detector:
    return load_detector(model)


@pytest.fixture
def lines() -> Callable[..., list[bytes]]:
    """Events as lines of JSON, without the truth."""
    return event_lines


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key for pseudonyms."""
    monkeypatch.setenv("GARRISON_PSEUDONYM_KEY", "ab" * 32)
