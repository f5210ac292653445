"""`garrison simulate` and `garrison process` as a person types them."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from garrison.cli.main import run_command


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GARRISON_PSEUDONYM_KEY", "GARRISON_PSEUDONYM_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GARRISON_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_simulated_events_are_processed_from_a_raw_folder(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["simulate", "--events", "2000", "--seed", "3", "--out", "datasets/raw/day.csv"]) == 0
    assert "2,000 simulated events" in capfd.readouterr().out
    out = "datasets/processed/v1.parquet"
    assert run_command(["process", "datasets/raw", "--out", out]) == 0
    said = capfd.readouterr()
    assert "written" in said.out
    assert "a key for pseudonyms was made: keys/pseudonyms.key" in said.err
    assert pq.read_metadata(out).num_rows == 2_000
    assert Path("keys/pseudonyms.key").is_file()
    first = Path(out).read_bytes()
    assert run_command(["process", "datasets/raw", "--out", out, "--set", "batch_rows=100"]) == 0
    assert Path(out).read_bytes() == first
    Path("datasets/raw/day.csv").write_text("changed")
    assert run_command(["process", "datasets/raw", "--out", out]) == 13
    ingested = ["ingest", "datasets/raw/day.csv", "--into", "duckdb:///events.duckdb", "--collection", "day"]
    assert run_command(ingested) == 13
    assert "day.csv" in capfd.readouterr().err
    assert Path(out).read_bytes() == first


def test_refused_rows_are_shown_with_their_file(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("a.csv").write_text(
        "timestamp,src_ip,protocol,payload_len,is_malicious\n"
        "2024-01-01T00:00:00Z,192.0.2.1,tcp,5,false\n2024-01-01T00:00:00Z,192.0.2.1,tcp,-5,false\n"
    )
    assert run_command(["process", "a.csv", "--out", "v1.parquet"]) == 0
    said = capfd.readouterr().out
    assert "refused: payload_len: below the minimum 0: 1" in said
    assert "v1.parquet.refused.jsonl" in said
    assert json.loads(Path("v1.parquet.json").read_text())["counts"]["refused"] == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["process", "absent", "--out", "v1.parquet"], 5, "no such file or folder"),
        (["process", ".", "--out", "v1.csv"], 2, "Parquet"),
        (["process", ".", "--out", "v1.parquet", "--set", "windos=true"], 2, "windows"),
        (["process", ".", "--out", "v1.parquet", "--features", "absent.json"], 2, "absent.json"),
        (["process", ".", "--out", "v1.parquet", "--config", "absent.yml"], 2, "absent.yml"),
        (["simulate", "--out", "a.xlsx"], 2, "tells no format"),
        (["simulate", "--out", "a.csv", "--malicious-share", "1"], 2, "share"),
        (["simulate", "--out", "a.csv", "--events", "0"], 2, "events"),
    ],
)
def test_bad_arguments_are_clear_errors(
    arguments: list[str], code: int, said: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_command(arguments) == code
    error = capfd.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert list(here.iterdir()) == []
