import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from garrison.detection import FAMILIES, Detector, load_detector, save_detector
from garrison.errors import ModelError, OutputError, UsageError
from garrison.files import canonical_json


def _rewrite(folder: Path, **facts: Any) -> None:
    """Change the manifest as an author would, digest and all."""
    manifest = json.loads((folder / "manifest.json").read_text()) | facts
    content = canonical_json(manifest).encode()
    (folder / "manifest.json").write_bytes(content)
    (folder / "manifest.sha256").write_text(f"{hashlib.sha256(content).hexdigest()}  manifest.json\n")


def test_everything_comes_back(saved: Path, detector: Detector, table: pa.Table) -> None:
    loaded = load_detector(saved)
    assert loaded.to_dict() == detector.to_dict()
    assert loaded.schema == detector.schema
    assert loaded.threshold == detector.threshold
    assert loaded.caveats == ("40 rows are there twice",)
    assert loaded.versions["python"]
    assert loaded.score(table).tobytes() == detector.score(table).tobytes()


def test_saving_again_gives_the_same_bytes(saved: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    digest = save_detector(load_detector(saved), again)
    for path in saved.rglob("*"):
        if path.is_file():
            assert (again / path.relative_to(saved)).read_bytes() == path.read_bytes()
    assert digest == hashlib.sha256((saved / "manifest.json").read_bytes()).hexdigest()


@pytest.mark.parametrize("name", list(FAMILIES))
def test_a_detector_of_any_family_comes_back(
    name: str, detector: Detector, table: pa.Table, quick: Callable[[str], dict[str, Any]], tmp_path: Path
) -> None:
    X = detector.processor.transform(table)
    params = FAMILIES[name].complete(quick(name))
    model = FAMILIES[name].fit(X, detector.schema.labels(table), params=params, seed=0)
    other = replace(detector, family=name, params=params, model=model)
    save_detector(other, tmp_path / "detector")
    assert load_detector(tmp_path / "detector").score(table).tobytes() == other.score(table).tobytes()


def test_a_detector_is_replaced_whole(saved: Path, detector: Detector) -> None:
    (saved / "model/left-over").write_text("")
    save_detector(replace(detector, name="newer"), saved)
    assert load_detector(saved).name == "newer"


@pytest.mark.parametrize("where", ["in a saved detector", "in a folder", "a file"])
def test_what_is_no_detector_is_not_replaced(where: str, saved: Path, detector: Detector) -> None:
    folder = saved if where == "in a saved detector" else saved.parent / "precious"
    kept = folder if where == "a file" else folder / "thesis.txt"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("mine")
    with pytest.raises(UsageError, match="something else is there already"):
        save_detector(detector, folder)
    assert kept.read_text() == "mine"
    assert not [*folder.parent.glob(".*.part")]


def test_another_major_version_of_a_library_is_refused_with_a_remedy(saved: Path) -> None:
    _rewrite(saved, libraries={"scikit-learn": "0.9.1"})
    with pytest.raises(ModelError, match=r"scikit-learn 0\.9\.1") as found:
        load_detector(saved)
    assert "pip install 'scikit-learn==0.*'" in found.value.remedy


def test_another_minor_version_is_not(saved: Path) -> None:
    import sklearn

    _rewrite(saved, libraries={"scikit-learn": sklearn.__version__.partition(".")[0] + ".0.1"})
    assert load_detector(saved).name == "sites"


@pytest.mark.parametrize(
    "facts",
    [
        {"format": 2},
        {"family": "oracle"},
        {"family": "xgboost"},
        {"threshold": {"value": 7, "rule": ""}},
        {"threshold": None},
        {"params": 3},
        {"libraries": []},
        {"versions": None},
        {"measures": 1},
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(saved: Path, facts: dict[str, Any]) -> None:
    _rewrite(saved, **facts)
    with pytest.raises(Exception, match=r".") as found:
        load_detector(saved)
    assert type(found.value).__module__ == "garrison.errors"


def test_a_model_of_other_features_is_refused(detector: Detector, data: Any, tmp_path: Path) -> None:
    model = FAMILIES["logistic_regression"].fit(data.X, data.y, seed=0)
    save_detector(replace(detector, model=model), tmp_path / "detector")
    with pytest.raises(ModelError, match="5 features, the model takes 6"):
        load_detector(tmp_path / "detector")


def test_a_place_that_cannot_be_written_is_an_output_error(detector: Detector, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        save_detector(detector, tmp_path / "file" / "detector")
