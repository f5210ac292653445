"""One model of the table: when it is taken as it lies, and when it is trained anew."""

import importlib.metadata
from pathlib import Path

import pytest

from garrison.federated import read_images
from garrison.pipelines.federating.data import sides_of
from garrison.pipelines.federating.settings import FederatedSettings
from garrison.pipelines.federating.training import train_one

pytest.importorskip("torch")

SETTINGS = FederatedSettings.model_validate(
    {
        "seeds": 1,
        "networks": ["mlp"],
        "data": {"name": "digits", "pool": 240, "test": 60, "validation": 60},
        "conventional": {"epochs": 1, "batch": 20},
        "attacks": {"membership": None},
    }
)


@pytest.mark.parametrize(("library", "anew"), [("torch", True), ("opacus", True), ("pytest", False)])
def test_a_model_of_other_libraries_is_trained_anew(
    library: str, anew: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides = sides_of(read_images("digits"), SETTINGS)
    cell = next(each for each in SETTINGS.cells if each.way == "conventional")
    first = train_one(SETTINGS, sides, cell, 0, tmp_path)
    weights = next(tmp_path.rglob("*.safetensors"))
    made = weights.stat().st_mtime_ns
    assert train_one(SETTINGS, sides, cell, 0, tmp_path) == first
    assert weights.stat().st_mtime_ns == made
    installed = importlib.metadata.version
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: "99.0" if name == library else installed(name)
    )
    again = train_one(SETTINGS, sides, cell, 0, tmp_path)
    assert (weights.stat().st_mtime_ns != made) == anew
    assert (again["question"] != first["question"]) == anew
    assert again["digest"] == first["digest"]  # nothing else changed here
