"""`garrison encrypted` as a person types it."""

import json
import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from encrypted_flows import encrypted_detector
from scored_flows import FLOWS, flow_rows, trained

from garrison.cli.main import run_command
from garrison.detection import save_detector
from garrison.features import TabularProcessor

PARTS = ["encrypted", "prepare", "./detector", "--client", "client", "--server", "server"]
ENCRYPT = ["encrypted", "encrypt", "client", "--keys", "keys", "--data", "day.csv", "--out", "rows.enc"]
SCORE = [
    "encrypted",
    "score",
    "server",
    "rows.enc",
    "--evaluation-keys",
    "keys/evaluation.keys",
    "--out",
    "o.enc",
]
DECRYPT = ["encrypted", "decrypt", "client", "o.enc", "--keys", "keys"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after prepare, keygen, encrypt and score; ``day.csv`` has 40 flows of which one is bad."""
    folder = tmp_path_factory.mktemp("encrypted")
    before = Path.cwd()
    os.chdir(folder)
    try:
        save_detector(encrypted_detector(), Path("detector"))
        rows = flow_rows(40)
        rows[7]["port"] = -1
        pa.csv.write_csv(pa.Table.from_pylist(rows), "day.csv")
        assert run_command(PARTS) == 0
        assert run_command(["encrypted", "keygen", "client", "--keys", "keys"]) == 0
        assert run_command([*ENCRYPT, "--keep", "id"]) == 0
        assert run_command(SCORE) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it that is the current folder."""
    folder = tmp_path / "here"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    return folder


def test_whole_road(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command([*DECRYPT, "--index", "rows.enc.index.parquet", "--out", "s.csv"]) == 0
    assert "scores: s.csv" in capfd.readouterr().out
    found = pa.csv.read_csv("s.csv")
    rows = [row for place, row in enumerate(flow_rows(40)) if place != 7]
    assert found.column_names == ["row", "who", "id", "score", "verdict"]
    assert found["id"].to_pylist() == [row["id"] for row in rows]
    assert found["score"].to_pylist() == pytest.approx(encrypted_detector().score(rows).tolist(), abs=1e-3)
    assert found["verdict"].to_pylist() == encrypted_detector().verdict(rows).tolist()
    assert json.loads(Path("rows.enc.refused.jsonl").read_text())["row"] == 8
    assert Path("keys/secret.key").stat().st_mode & 0o777 == 0o600


def test_verdicts_alone_and_rows_by_their_number(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command([*DECRYPT, "--verdict-only", "--out", "v.jsonl"]) == 0
    first = json.loads(Path("v.jsonl").read_text().splitlines()[0])
    assert list(first) == ["row", "verdict"]
    assert first["row"] == 1


def test_after_a_rotation_old_rows_are_refused_and_old_outputs_still_read(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["encrypted", "keygen", "client", "--keys", "keys"]) == 2
    assert "give --rotate" in capfd.readouterr().err
    assert run_command(["encrypted", "keygen", "client", "--keys", "keys", "--rotate"]) == 0
    retired = next(Path("keys/retired").iterdir())
    assert run_command(SCORE) == 20
    assert "encrypt the rows again" in capfd.readouterr().err
    assert run_command([*DECRYPT, "--out", "s.csv"]) == 20
    assert "retired" in capfd.readouterr().err
    assert run_command([*DECRYPT[:-1], str(retired), "--out", "s.csv"]) == 0


def test_every_fault_has_its_line_and_its_code(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    def fails(arguments: list[str], code: int, *said: str) -> None:
        assert run_command(arguments) == code
        told = capfd.readouterr().err
        assert all(each in told for each in said), told
        assert "Traceback" not in told

    secret = [*SCORE[:5], "keys/secret.key", "--out", "x.enc"]
    fails(secret, 20, "this is a secret key", "--rotate")
    fails([*SCORE[:4], "--out", "x.enc"], 20, "are not known here", "give --evaluation-keys")
    fails([*SCORE[:2], "127.0.0.1:1", *SCORE[3:]], 2, "http://127.0.0.1:1")
    cut = Path("rows.enc").read_bytes()[:-30]
    Path("cut.enc").write_bytes(cut)
    fails([*SCORE[:3], "cut.enc", *SCORE[4:6], "--out", "x.enc"], 20, "cut short")
    fails([*SCORE[:3], "day.csv", *SCORE[4:6], "--out", "x.enc"], 20, "no file of encrypted rows")
    fails([*SCORE[:3], "o.enc", *SCORE[4:6], "--out", "x.enc"], 20, "these are 'encrypted outputs'")
    assert not Path("x.enc").exists()
    fails([*DECRYPT, "--out", "s.xlsx"], 2, ".parquet")
    fails([*DECRYPT, "--index", "day.csv", "--out", "s.csv"], 5, "cannot be read as an index")
    assert run_command([*ENCRYPT[:-1], "again.enc"]) == 0
    fails([*DECRYPT, "--index", "again.enc.index.parquet", "--out", "s.csv"], 5, "the index of 39 other rows")
    Path("keys/secret.key").chmod(0o644)
    fails([*DECRYPT, "--out", "s.csv"], 2, "can be read by others", "chmod 600")
    Path("keys/secret.key").chmod(0o600)
    fails([*ENCRYPT[:2], "server", *ENCRYPT[3:]], 16, "this is not the client's part")
    (here / "server" / "circuit.npz").write_bytes(b"x" * (here / "server" / "circuit.npz").stat().st_size)
    fails(SCORE, 13, "circuit.npz was changed")
    fails(["encrypted", "ask", "http://127.0.0.1:1", "client", "--keys", "keys", "--data", "day.csv", "--out", "s.csv"],
          20, "does not answer")  # fmt: skip
    fails([*SCORE[:2], "http://here:port", *SCORE[3:]], 2, "is no address of a service")


def test_detector_that_is_no_circuit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    save_detector(trained(FLOWS, TabularProcessor(impute="median"), flow_rows(100)), Path("detector"))
    assert run_command(PARTS) == 16
    assert "encrypted_logistic" in capfd.readouterr().err
    assert not Path("client").exists()


@pytest.mark.parametrize(
    "line",
    [
        [*ENCRYPT[:-1], "day.csv"],
        [*SCORE[:-1], "rows.enc"],
        [*SCORE[:-1], "keys/evaluation.keys"],
        [*DECRYPT, "--index", "rows.enc.index.parquet", "--out", "rows.enc.index.parquet"],
        ["score", "./detector", "--data", "day.csv", "--out", "day.csv"],
        ["encrypted", "prepare", "./detector", "--client", "both", "--server", "both"],
        ["encrypted", "prepare", "./detector", "--client", "both", "--server", "both/server"],
    ],
)
def test_nothing_that_is_read_is_written_over(here: Path, line: list[str]) -> None:
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    assert run_command(line) == 2
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before


def test_only_an_index_of_encrypted_rows_says_which_rows_they_are(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pa.parquet.write_table(pa.table({"row": list(range(39))}), "other.parquet")
    assert run_command([*DECRYPT, "--index", "other.parquet", "--out", "s.csv"]) == 5
    assert "no index of encrypted rows" in capfd.readouterr().err


def test_a_secret_key_in_place_of_rows_is_refused_by_name(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["encrypted", "score", "server", "keys/secret.key", "--out", "o2.enc"]) == 20
    said = capfd.readouterr().err
    assert "secret key" in said
    assert "where: keys/secret.key" in said


def test_a_folder_is_no_place_for_a_file(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("there").mkdir()
    assert run_command([*SCORE[:-1], "there"]) == 11
    assert "a folder stands where a file is wanted" in capfd.readouterr().err


def test_what_lies_beside_the_encrypted_rows_is_its_owners_alone(here: Path) -> None:
    for name in ("rows.enc.index.parquet", "rows.enc.refused.jsonl"):
        assert Path(name).stat().st_mode & 0o777 == 0o600, name
