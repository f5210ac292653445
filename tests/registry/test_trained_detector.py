"""A trained detector through every place that keeps detectors: it scores the same wherever it comes from."""

from pathlib import Path

import numpy as np
import pytest
from small_detectors import save_small_detector, small_sites

from garrison.detection import load_detector
from garrison.errors import IntegrityError
from garrison.registry import LocalRegistry, fetch_from, push_to


@pytest.fixture
def detector_folder(tmp_path: Path) -> Path:
    return save_small_detector(tmp_path / "detector")


def test_it_scores_the_same_from_the_registry_and_from_a_folder(
    detector_folder: Path, tmp_path: Path
) -> None:
    new = small_sites(2).drop_columns(["bad"])
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
