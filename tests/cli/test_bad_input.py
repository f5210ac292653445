"""Bad input ends in a clear error and an exit code, never in a traceback, and leaves nothing half-written."""

import json
from pathlib import Path

import pytest

from garrison.cli.main import run_command

HEADER = "https,anchors,label\n"
FEATURES = {
    "name": "tiny",
    "columns": [
        {"name": "https", "type": "integer", "allowed": [-1, 0, 1]},
        {"name": "anchors", "type": "number"},
        {"name": "label", "type": "integer", "role": "label"},
    ],
    "label": {"column": "label", "positive": 1, "negative": 0},
}
GOOD = "".join(f"{(i % 3) - 1},{(i * 7) % 11},{int(i % 3 == 0)}\n" for i in range(60))


CASES: dict[str, tuple[bytes, set[int], str]] = {
    "missing column": (b"https,label\n1,1\n0,0\n", {6}, "anchors"),
    "extra column": (b"https,anchors,label,more\n1,2,1,9\n", {6}, "more"),
    "duplicated column": (b"https,https,anchors,label\n1,1,2,1\n", {5, 6}, "https"),
    "label absent": (b"https,anchors\n1,2\n", {6}, "label"),
    "label of one value": ((HEADER + "1,2,1\n0,3,1\n" * 40).encode(), {6}, "all 80 labels are positive"),
    "empty file": (b"", {5}, "empty"),
    "header alone": (HEADER.encode(), {5, 6}, ""),
    "NUL bytes": ((HEADER + "1,\x002,1\n" * 50 + GOOD).encode(), {3, 5, 6}, ""),
    "mixed encodings": ((HEADER + GOOD).encode() + "1,é,1\n".encode("latin-1") * 50, {3, 5, 6}, ""),
    "infinite values": ((HEADER + "1,inf,1\n" * 50 + GOOD).encode(), {3, 5, 6}, ""),
    "a very long line": (HEADER.encode() + b"1," + b"9" * 100_000_000 + b",1\n", {5, 6}, ""),
    "not text": (bytes(range(256)) * 40, {5}, "not text"),
    "an archive by the name of a table": (b"PK\x03\x04" + HEADER.encode(), {5}, "zip archive"),
}


@pytest.fixture
def features(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps(FEATURES), encoding="utf-8")
    return path


def run(tmp_path: Path, features: Path, data: Path | str, *more: str) -> int:
    return run_command(
        [
            *("run", "phishing", "--data", str(data), "--workspace", str(tmp_path / "work")),
            *("--set", f"ingestion.features={features}", "--set", "training.families=[logistic_regression]"),
            *("--set", "training.folds=2", "--set", "tracking.enabled=false", "--set", "jobs=1"),
            *("--set", "validation.least_rows=10", *more),
        ]
    )


@pytest.mark.parametrize("case", CASES)
def test_bad_file_is_a_clear_error(
    case: str, tmp_path: Path, features: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    content, codes, said = CASES[case]
    data = tmp_path / "bad.csv"
    data.write_bytes(content)
    code = run(tmp_path, features, data, "--name", "bad")
    error = capfd.readouterr().err
    assert code in codes, error
    assert said in error
    assert "Traceback" not in error
    assert "garrison: " in error
    folder = tmp_path / "work" / "runs" / "bad"
    assert json.loads((folder / "run.json").read_text(encoding="utf-8"))["exit_code"] == code
    assert list((tmp_path / "work").rglob("*.part")) == []
    assert not (tmp_path / "work" / "models" / "production").exists()


def test_no_data_and_no_such_file(tmp_path: Path, features: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, features, tmp_path / "absent.csv") == 5
    assert "no such file, folder or data set" in capfd.readouterr().err
    assert run_command(["run", "phishing", "--workspace", str(tmp_path)]) == 2
    assert "--data" in capfd.readouterr().err


def test_store_that_does_not_answer(
    tmp_path: Path, features: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    url = "mongodb://me:hunter2@127.0.0.1:9/db?serverSelectionTimeoutMS=200"
    assert run(tmp_path, features, url, "--collection", "sites") == 8
    error = capfd.readouterr().err
    assert "127.0.0.1" in error
    assert "hunter2" not in error


def test_output_that_cannot_be_written(
    tmp_path: Path, features: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "good.csv"
    data.write_text(HEADER + GOOD, encoding="utf-8")
    (tmp_path / "work").write_text("a file where a folder is wanted", encoding="utf-8")
    assert run(tmp_path, features, data) == 11
    assert "cannot write" in capfd.readouterr().err


def test_unknown_command_and_option(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["runn"]) == 2
    assert run_command(["run", "phishing", "--dat", "x"]) == 2
    assert "Traceback" not in capfd.readouterr().err


def test_fault_of_our_own_is_said_to_be_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(_root: Path) -> list[object]:
        raise ZeroDivisionError("a fault")

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("garrison.run.folder.list_runs", broken)
    assert run_command(["runs", "list", "--workspace", str(tmp_path)]) == 70
    error = capfd.readouterr().err
    assert "a fault of Garrison's own: ZeroDivisionError" in error
    assert "Traceback" not in error
