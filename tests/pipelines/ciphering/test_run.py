"""`garrison run ciphers` at a tiny size: the whole road, its page, and going on where it was."""

import importlib.metadata
import json
from pathlib import Path

import pytest

from garrison.cli.main import run_command

pytest.importorskip("torch")

SETTINGS = """
seed: 3
keys: {train: 120, test: 40, overlaps: [1, 1]}
messages: {length: 52}
training: {steps: 4, batch: 16, rounds: 2, width: 12, every: 2}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GARRISON_DATA", str(tmp_path))
    monkeypatch.setenv("GARRISON__TRACKING__ENABLED", "false")
    Path("tiny.yml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


def run(*more: str) -> int:
    return run_command(["run", "ciphers", *more])


def test_the_whole_road(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--config", "tiny.yml", "--name", "a", "--until", "training") == 0
    network = next(Path("runs/a/ciphers").glob("network-*"))
    before = (network / "network/weights.safetensors").read_bytes()
    assert run("--resume", "a") == 0
    shown = capsys.readouterr().out
    assert "pins right, 52 letters" in shown
    assert (network / "network/weights.safetensors").read_bytes() == before
    record = json.loads(Path("runs/a/run.json").read_text(encoding="utf-8"))
    assert (record["status"], record["seed"]) == ("finished", 3)
    assert 0.4 < record["metrics"]["accuracy_52"] < 0.6
    page = Path("runs/a/report.html").read_text(encoding="utf-8")
    for told in (
        "pins right, 52 letters",
        "Histogram of accuracies of keys",
        "Heat map of",
        "Every validation",
    ):
        assert told in page
    stages = dict(record["stages"])
    assert run("--resume", "a", "--set", "keys.test=50") == 0
    record = json.loads(Path("runs/a/run.json").read_text(encoding="utf-8"))
    assert record["stages"]["training"] == stages["training"]
    tested = json.loads(Path("runs/a/stages/testing/figures.json").read_text(encoding="utf-8"))
    assert tested["by_length"][0]["keys"] == 50
    assert run("--resume", "a", "--set", "training.width=15") == 0
    assert len(list(Path("runs/a/ciphers").glob("network-*"))) == 2


def test_another_pytorch_trains_anew(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--config", "tiny.yml", "--name", "a", "--until", "training") == 0
    record = json.loads(Path("runs/a/run.json").read_text(encoding="utf-8"))
    installed = importlib.metadata.version
    assert record["versions"]["torch"] == installed("torch")
    monkeypatch.setattr(
        importlib.metadata, "version", lambda name: "99.0" if name == "torch" else installed(name)
    )
    assert run("--resume", "a", "--until", "training") == 0
    record = json.loads(Path("runs/a/run.json").read_text(encoding="utf-8"))
    assert record["versions"]["torch"] == "99.0"
    assert len(list(Path("runs/a/ciphers").glob("network-*"))) == 2


def test_settings_that_no_key_keeps_are_refused(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ("keys.overlaps=[9,3]", "messages.length=20", "training.precision=float8", "keys.tests=3"):
        assert run("--config", "tiny.yml", "--set", wrong) == 2
    assert "keys.tests" in capsys.readouterr().err
    assert run("--resume", "a") == 2
    assert run("--config", "tiny.yml", "--until", "never") == 2
    assert not Path("runs").exists()
