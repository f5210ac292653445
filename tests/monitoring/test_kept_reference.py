"""Where a reference is found, and what is said where it is not."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from watched_models import write_watched_model

from garrison.detection import Detector, load_detector
from garrison.errors import ModelError
from garrison.monitoring import Reference, ReferenceMaker, find_reference, keep_reference

DIGEST = "ab" * 32


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    return load_detector(write_watched_model(tmp_path_factory.mktemp("kept"), events=1_000))


@pytest.fixture
def reference() -> Reference:
    maker = ReferenceMaker()
    maker.add({"bytes": np.arange(100.0)})
    return maker.reference()


def test_a_trained_detector_has_its_own(detector: Detector, tmp_path: Path) -> None:
    found = find_reference(detector, DIGEST, workspace=tmp_path)
    assert found.rows == 500
    assert found.scores is not None
    assert found.scores.numbers.rows == 500
    assert found.scores.calibration is not None
    assert {"protocol", "payload_len", "past_60s_events"} <= found.columns.keys()


def test_one_that_was_made_afterwards_is_found_by_the_digest(
    detector: Detector, reference: Reference, tmp_path: Path
) -> None:
    old = replace(detector, reference=None)
    path = keep_reference(reference, DIGEST, workspace=tmp_path)
    assert path.parent == tmp_path / "monitoring" / "references"
    assert find_reference(old, DIGEST, workspace=tmp_path).to_dict() == reference.to_dict()
    with pytest.raises(ModelError, match="saved without reference statistics"):
        find_reference(old, "cd" * 32, workspace=tmp_path)


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"detector": "other"}', f'{{"detector": "{DIGEST}"}}', "[" * 9_999]
)
def test_a_file_that_is_no_reference_is_a_clear_error(
    detector: Detector, reference: Reference, tmp_path: Path, content: str
) -> None:
    keep_reference(reference, DIGEST, workspace=tmp_path).write_text(content)
    with pytest.raises(ModelError, match="reference statistics") as error:
        find_reference(replace(detector, reference=None), DIGEST, workspace=tmp_path)
    assert "garrison monitor reference" in error.value.remedy


def test_a_reference_of_another_detector_is_not_used(
    detector: Detector, reference: Reference, tmp_path: Path
) -> None:
    path = keep_reference(reference, DIGEST, workspace=tmp_path)
    facts = json.loads(path.read_text())
    path.write_text(json.dumps({**facts, "detector": DIGEST[:32] + "0" * 32}))
    with pytest.raises(ModelError, match="another detector"):
        find_reference(replace(detector, reference=None), DIGEST, workspace=tmp_path)
