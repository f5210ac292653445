"""`garrison score` as a person types it."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from scored_flows import FLOWS, flow_rows, trained

from garrison.cli.main import run_command
from garrison.detection import Detector, save_detector
from garrison.features import TabularProcessor
from garrison.registry import LocalRegistry


@pytest.fixture(scope="module")
def detector() -> Detector:
    return trained(FLOWS, TabularProcessor(impute="median"), flow_rows(300))


@pytest.fixture
def here(detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with ``detector/``, and ``day.csv`` of 40 flows of which one is bad."""
    monkeypatch.chdir(tmp_path)
    save_detector(detector, Path("detector"))
    rows = flow_rows(40)
    rows[7]["port"] = -1
    pa.csv.write_csv(pa.Table.from_pylist(rows), "day.csv")
    return tmp_path


def test_a_file_is_scored(here: Path, detector: Detector, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["score", "./detector", "--data", "day.csv", "--out", "s.csv", "--keep", "id"]) == 0
    said = capfd.readouterr().out
    assert "refused: port: below the minimum 0: 1" in said
    assert "s.csv.refused.jsonl" in said
    assert "rows a second" in said
    found = pa.csv.read_csv("s.csv")
    rows = [row for place, row in enumerate(flow_rows(40)) if place != 7]
    assert found["id"].to_pylist() == [row["id"] for row in rows]
    assert found["score"].to_pylist() == detector.score(rows).tolist()
    assert json.loads(Path("s.csv.refused.jsonl").read_text())["row"] == 8


def test_a_model_is_named_as_in_the_registry(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    LocalRegistry(Path("models")).push(Path("detector"), "flows", record={})
    asked = ["score", "experimental/flows", "--data", "day.csv", "--out", "s.jsonl"]
    assert run_command(asked) == 0
    first = json.loads(Path("s.jsonl").read_text().splitlines()[0])
    assert list(first) == ["row", "who", "score", "verdict"]


def test_a_folder_of_files_is_scored_as_one(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("days").mkdir()
    for name in ("a", "b"):
        pq.write_table(pa.Table.from_pylist(flow_rows(10)), f"days/{name}.parquet")
    assert run_command(["score", "detector", "--data", "days", "--out", "s.parquet"]) == 0
    assert pq.read_table("s.parquet")["file"].to_pylist() == ["a.parquet"] * 10 + ["b.parquet"] * 10


@pytest.mark.parametrize(
    ("data", "out"),
    [
        ("day.csv", "day.csv"),
        ("s.csv.refused.jsonl", "s.csv"),
        (".", "s.csv"),
        ("days", "days/s.csv"),
    ],
)
def test_what_is_read_is_never_written(
    here: Path, capfd: pytest.CaptureFixture[str], data: str, out: str
) -> None:
    """Rows that were refused, mended and scored again are not thrown away."""
    Path("days").mkdir()
    Path("days/a.csv").write_bytes(Path("day.csv").read_bytes())
    Path("s.csv.refused.jsonl").write_text("".join(json.dumps(row) + "\n" for row in flow_rows(3)))
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    assert run_command(["score", "./detector", "--data", data, "--out", out]) == 2
    assert "would replace what is read" in capfd.readouterr().err
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


def test_refused_rows_do_not_take_the_place_of_the_file_they_are_from(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = Path("day.csv").read_bytes()
    asked = ["ingest", "day.csv", "--into", "duckdb:///e.db", "--collection", "days"]
    assert run_command([*asked, "--quarantine", "day.csv"]) == 2
    assert "would replace what is read" in capfd.readouterr().err
    assert Path("day.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--data", "absent.csv", "--out", "s.csv"], 5, "no such file"),
        (["--data", "day.csv", "--out", "s.txt"], 2, "tells no format"),
        (["--data", "day.csv", "--out", "s.csv", "--keep", "idd"], 2, "did you mean 'id'"),
        (["--data", "other.csv", "--out", "s.csv"], 6, "missing columns: 'port'"),
    ],
)
def test_what_cannot_be_done_is_said(
    here: Path, arguments: list[str], code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("other.csv").write_text("who,proto,bytes\na,tcp,1\n")
    assert run_command(["score", "detector", *arguments]) == code
    error = capfd.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert not Path("s.csv").exists()
