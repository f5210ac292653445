"""`garrison stream` as a person types it."""

import json
import shutil
from pathlib import Path

import pytest
from event_lines import event_lines

from garrison.cli.main import run_command
from garrison.data.stores import open_store
from garrison.monitoring.scored import COLLECTION

ZEEK = """#separator \\x09
#path\tconn
#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tconn_state\torig_bytes\tresp_bytes
1700000000.5\t10.0.0.1\t40000\t10.0.0.2\t22\ttcp\tS0\t0\t0
1700000003.5\t10.0.0.1\t40001\t10.0.0.2\t22\ttcp\tSF\t10\t20
1700000002.5\t10.0.0.1\t40001\t10.0.0.2\t23\tbroken
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(model: Path, *more: str) -> int:
    return run_command(["stream", str(model), *more, "--until-end"])


def test_a_log_of_zeek_to_verdicts(model: Path, here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (here / "conn.log").write_text(ZEEK)
    assert command(model, "--from", "conn.log", "--to", "out.jsonl", "--event", "all") == 0
    first, second = [json.loads(line) for line in (here / "out.jsonl").read_bytes().splitlines()]
    assert first["event"]["src_ip"] == second["event"]["src_ip"] != "10.0.0.1"
    assert (second["event"]["payload_len"], second["event"]["failed"]) == (30, False)
    (refused,) = [
        json.loads(line) for line in next(here.glob("streams/*.refused.jsonl")).read_bytes().splitlines()
    ]
    assert refused["reason"] == "6 fields instead of 9"
    assert "10.0.0.1" not in json.dumps([first, second, refused])
    said = capfd.readouterr().err
    assert "state: streams/conn.log-" in said
    assert "refused:      1" in said
    assert "refused lines and reasons: streams/conn.log-" in said


def test_scored_events_are_logged_for_the_monitor(model: Path, here: Path) -> None:
    (here / "events.jsonl").write_bytes(b"\n".join(event_lines(30)) + b"\n")
    assert command(model, "--from", "events.jsonl", "--to", "out.jsonl", "--log", "duckdb:///log.db") == 0
    with open_store("duckdb:///log.db") as store:
        rows = [row for batch in store.scan(COLLECTION) for row in batch.to_pylist()]
    verdicts = [json.loads(line) for line in (here / "out.jsonl").read_bytes().splitlines()]
    assert {row["event_id"]: row["score"] for row in rows} == {each["id"]: each["score"] for each in verdicts}
    assert len(rows) == 30


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--from", "nothing.jsonl", "--to", "out.jsonl"], 5, "No such file"),
        (["--from", "events.parquet", "--to", "out.jsonl"], 2, "tells no format"),
        (["--from", "events.jsonl", "--to", "redis://:hunter2@h"], 2, "names no stream"),
        (["--from", "events.jsonl", "--to", "out.jsonl", "--require-signature"], 2, "no trusted key"),
        (["--from", "-", "--to", "out.jsonl", "--from-end"], 2, "no end to begin at"),
    ],
)
def test_what_cannot_be_is_told_with_its_exit_code(
    model: Path, here: Path, capfd: pytest.CaptureFixture[str], more: list[str], code: int, said: str
) -> None:
    (here / "events.jsonl").write_bytes(event_lines(1)[0] + b"\n")
    assert command(model, *more) == code
    told = capfd.readouterr().err
    assert said in told
    assert "hunter2" not in told
    assert not (here / "out.jsonl").exists()


def test_only_a_signed_model_where_that_is_asked_for(
    model: Path, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (here / "events.jsonl").write_bytes(event_lines(5)[0] + b"\n")
    shutil.copytree(model, here / "detector")
    ends = ["--from", "events.jsonl", "--to", "out.jsonl", "--trusted-key", "keys/release.pub"]
    assert run_command(["keys", "new"]) == 0
    assert command(here / "detector", *ends) == 18
    assert "is not signed" in capfd.readouterr().err
    assert run_command(["sign", "./detector", "--key", "keys/release.key"]) == 0
    assert command(here / "detector", *ends) == 0
