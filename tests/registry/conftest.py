"""Small verifiable detector folders, and the environment without anyone's credentials."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from garrison.detection.integrity import write_sealed

MakeDetector = Callable[..., Path]


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the developer's own account reaches a test."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "MLFLOW_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")


@pytest.fixture
def make_detector(tmp_path: Path) -> MakeDetector:
    """A function that seals a folder in the form of a saved detector, whose files depend on ``content``."""

    def make(content: str = "one") -> Path:
        folder = tmp_path / f"detector-{content}"
        files = {
            "model/trees.json": json.dumps({"trees": content * 1000}).encode(),
            "processor.json": json.dumps({"kind": content}).encode(),
        }
        write_sealed(folder, files, {"format": 1})
        return folder

    return make
