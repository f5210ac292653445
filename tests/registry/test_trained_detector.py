"""A trained detector through every place that keeps detectors: it scores the same wherever it comes from."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from garrison.data.schema import Schema
from garrison.detection import FAMILIES, Detector, Threshold, load_detector, save_detector
from garrison.errors import IntegrityError
from garrison.features.tabular import TabularProcessor
from garrison.registry import LocalRegistry, fetch_from, push_to

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


def sites(seed: int) -> pa.Table:
    draw = np.random.default_rng(seed)
    dots, age = draw.integers(0, 9, 200), draw.random(200)
    return pa.table({"dots": dots, "age": age, "bad": (dots + age > 5).astype(int)})


@pytest.fixture
def detector_folder(tmp_path: Path) -> Path:
    table = sites(1)
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
        threshold=Threshold(value=0.5, rule="fixed"),
        training_fingerprint="0" * 64,
    )
    save_detector(detector, tmp_path / "detector")
    return tmp_path / "detector"


def test_it_scores_the_same_from_the_registry_and_from_a_folder(
    detector_folder: Path, tmp_path: Path
) -> None:
    new = sites(2).drop_columns(["bad"])
    expected = load_detector(detector_folder).score(new)
    registry = LocalRegistry(tmp_path / "models")
    registry.push(detector_folder, "sites", record={"metrics": {"auc": 0.9}})
    registry.promote("sites", 1, reason="the first")
    push_to(str(tmp_path / "shared"), registry.load("sites"), name="sites")
    fetched = fetch_from(str(tmp_path / "shared"), tmp_path / "fetched", name="sites")
    for folder in (registry.load("sites"), fetched):
        np.testing.assert_array_equal(load_detector(folder).score(new), expected)


def test_any_changed_file_of_it_is_found_by_the_registry(detector_folder: Path, tmp_path: Path) -> None:
    registry = LocalRegistry(tmp_path / "models")
    registry.push(detector_folder, "sites")
    promoted = registry.promote("sites", 1)
    files = [path for path in sorted(promoted.detector.rglob("*")) if path.is_file()]
    assert len(files) >= 5
    for path in files:
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(IntegrityError):
            registry.load("sites")
        path.write_bytes(content)
    assert registry.load("sites") == promoted.detector
