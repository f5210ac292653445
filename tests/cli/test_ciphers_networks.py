"""`garrison ciphers train` and `test`: what is printed, what is refused, and how it ends."""

import json
from pathlib import Path

import pytest

from garrison.cli.main import run_command

pytest.importorskip("torch")

SMALL = ("--steps", 4, "--every", 2, "--batch", 8, "--rounds", 2, "--width", 12, "--validation", 8)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GARRISON_DATA", str(tmp_path))
    return tmp_path


def run(*arguments: object) -> int:
    return run_command(["ciphers", *map(str, arguments)])


def test_the_road_from_arrays_to_figures(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for split, count in (("train", 200), ("test", 30)):
        assert run("keys", "--split", split, "--count", count, "--overlaps", "1-2", "--jobs", 1) == 0
        known = ("--mode", "known-plaintext", "--length", 60, "--jobs", 1)
        assert run("encrypt", "--split", split, *known) == 0
        assert run("arrays", "--split", split, "--jobs", 1) == 0
    capsys.readouterr()
    assert run("train", "--folder", "ciphers", *SMALL) == 0
    shown = capsys.readouterr().out
    assert "step 4, 32 keys: loss" in shown
    assert "60: " in shown
    assert run("test", "--folder", "ciphers", "--network", "ciphers/network", "--out", "a.json") == 0
    shown = capsys.readouterr().out
    assert "30" in shown
    assert json.loads(Path("a.json").read_text(encoding="utf-8"))["by_length"][0]["length"] == 60
    assert run("test", "--folder", "ciphers", "--network", "ciphers/network/network", "--length", 60) == 2
    assert run("test", "--network", "ciphers/network/network", "--length", 52) == 2
    assert "for which the network was not trained" in capsys.readouterr().err


def test_the_network_that_comes_along(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("test", "--count", 40, "--length", 104, "--overlaps", "1-2", "--seed", 12)
    assert run(*asked, "--out", "a.json", "--report", "a.html") == 0
    found = json.loads(Path("a.json").read_text(encoding="utf-8"))["by_length"][0]
    assert found["accuracy"]["value"] > 0.9
    assert found["lug_error"]["value"] < 1.5
    assert "Heat map of" in Path("a.html").read_text(encoding="utf-8")
    assert "flag" not in capsys.readouterr().out
    assert run(*asked, "--control", "--out", "b.json") == 0
    found = json.loads(Path("b.json").read_text(encoding="utf-8"))["by_length"][0]
    assert 0.47 < found["accuracy"]["value"] < 0.53


def test_arrays_of_the_control_are_called_so_in_the_report(place: Path) -> None:
    for split in ("train", "test"):
        assert run("keys", "--split", split, "--count", 20, "--jobs", 1) == 0
    known = ("--mode", "known-plaintext", "--length", 104, "--jobs", 1)
    assert run("encrypt", "--split", "test", *known, "--control") == 0
    assert run("arrays", "--split", "test", "--jobs", 1) == 0
    assert run("test", "--folder", "ciphers", "--report", "a.html") == 0
    assert "AES-128 (control)" in Path("a.html").read_text(encoding="utf-8")


def test_what_cannot_be_done_is_told(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("test", "--network", "nowhere") == 2
    assert "no trained network" in capsys.readouterr().err
    assert run("test", "--count", 2, "--out", "a", "--report", "./a") == 2
    assert "have one name" in capsys.readouterr().err
    assert run("test", "--count", 2, "--out", place) == 2
    assert "this is a folder" in capsys.readouterr().err
    assert run("train", "--steps", 2, "--width", 100_000) == 2
    assert run("test", "--length", 5000) == 2
    assert "not trained" in capsys.readouterr().err
    assert run("train", "--folder", "nowhere") == 2
    assert "garrison ciphers arrays" in capsys.readouterr().err
    assert run("train", "--length", 20) == 2
    assert run("train", "--precision", "float8", *SMALL) == 2
    assert run("train", "--device", "abacus", *SMALL) == 2
    assert "no device" in capsys.readouterr().err


def test_a_training_of_other_settings_is_left_alone(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = ("train", "--length", 52, *SMALL)
    assert run(*few) == 0
    kept = Path("ciphers/network/checkpoint/manifest.json").read_bytes()
    assert run(*few, "--rate", 0.1) == 2
    assert "rate was 0.002, is 0.1" in capsys.readouterr().err
    assert Path("ciphers/network/checkpoint/manifest.json").read_bytes() == kept
