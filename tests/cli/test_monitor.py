"""`garrison monitor` as a person types it."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from http_hook import HookServer
from watched_models import write_watched_model

from garrison.cli.main import run_command
from garrison.detection import load_detector, save_detector


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a detector of simulated events, and events of the same kind and of another."""
    place = tmp_path_factory.mktemp("monitor")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        for name in ("GARRISON_PSEUDONYM_KEY", "GARRISON_PSEUDONYM_KEY_FILE"):
            patch.delenv(name, raising=False)
        write_watched_model(place)
        table = pq.read_table("training.parquet")
        longer = table.column("payload_len").to_numpy() * 9 + 1_000
        place_of = table.column_names.index("payload_len")
        pq.write_table(table.set_column(place_of, "payload_len", [longer]), "longer.parquet")
    return place


@pytest.fixture
def here(trained: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(trained)
    return trained


def test_the_training_data_themselves_have_not_moved(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = ["monitor", "drift", "experimental/threats", "--data", "training.parquet", "--fail-on-drift"]
    assert run_command(asked) == 0
    said = capfd.readouterr().out
    assert "verdict:  no drift" in said
    assert "4,000 rows against 2,000 of the training" in said


def test_a_column_that_moved_is_named_and_shown_and_can_stop_a_script(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    asked = ["monitor", "drift", "experimental/threats@1", "--data", "longer.parquet"]
    assert run_command([*asked, "--out", "drift.html"]) == 0
    assert "payload_len" in capfd.readouterr().out
    page = (here / "drift.html").read_text(encoding="utf-8")
    assert "payload_len: KS distance" in page
    assert "<svg" in page
    assert run_command([*asked, "--out", "drift.json", "--fail-on-drift"]) == 3
    said = capfd.readouterr()
    assert "drift:" in said.err
    assert "Traceback" not in said.err
    found = json.loads((here / "drift.json").read_text(encoding="utf-8"))
    assert "payload_len" in found["drifted"]
    columns = {column["name"]: column for column in found["columns"]}
    assert columns["payload_len"]["effects"]["ks"] > 0.3
    assert columns["protocol"]["drifted"] is False
    assert {"past_60s_events", "score"} <= columns.keys()
    assert "hour_sin" not in columns


def test_values_that_training_did_not_name_are_shown(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    table = pq.read_table("training.parquet")
    services = ["<b>gopher\x1b[31m" if row % 50 == 0 else "dns" for row in range(table.num_rows)]
    place_of = table.column_names.index("service")
    pq.write_table(table.set_column(place_of, "service", [services]), "services.parquet")
    asked = [
        "monitor",
        "drift",
        "experimental/threats",
        "--data",
        "services.parquet",
        "--out",
        "services.html",
    ]
    assert run_command(asked) == 0
    said = capfd.readouterr().out
    assert "new:      values of service that training did not name: '<b>gopher\\x1b[31m' (80)" in said
    assert "&lt;b&gt;gopher" in (here / "services.html").read_text(encoding="utf-8")


def test_floors_and_times_are_taken(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = ["monitor", "drift", "experimental/threats", "--data", "longer.parquet", "--fail-on-drift"]
    floors = [
        part
        for name in ("ks", "psi", "wasserstein", "cramers_v", "jensen_shannon", "new_values", "missing")
        for part in ("--least", f"{name}=1000")
    ]
    assert run_command([*asked, *floors]) == 0
    assert run_command([*asked, "--since", "2200-01-01"]) == 5
    assert "there are no events" in capfd.readouterr().err


def test_events_in_a_store_are_held_against_it(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_command(["ingest", "longer.parquet", "--into", "duckdb:///e.db", "--collection", "flows"]) == 0
    capfd.readouterr()
    asked = ["monitor", "drift", "experimental/threats", "--data", "duckdb:///e.db"]
    assert run_command([*asked, "--collection", "flows", "--fail-on-drift"]) == 3
    assert "payload_len" in capfd.readouterr().out
    assert run_command(asked) == 2
    assert "one of: flows" in capfd.readouterr().err


def test_rows_that_are_refused_are_kept_with_the_reason(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = [
        "timestamp,src_ip,protocol,payload_len",
        *(f"2024-01-01T00:00:{n:02}Z,192.0.2.1,tcp,{n}" for n in range(59)),
    ]
    Path("some.csv").write_text("\n".join([*lines, "2024-01-01T00:01:00Z,192.0.2.1,tcp,-5"]) + "\n")
    assert run_command(["monitor", "drift", "experimental/threats", "--data", "some.csv"]) == 0
    said = capfd.readouterr().out
    assert "refused:  1 rows" in said
    assert "below the minimum" in (here / "monitoring" / "refused.jsonl").read_text()
    assert "192.0.2.1" not in (here / "monitoring" / "refused.jsonl").read_text()


def test_an_older_detector_gets_its_reference_afterwards(
    here: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    detector = load_detector(here / "models" / "experimental" / "threats" / "1" / "detector")
    save_detector(replace(detector, reference=None), tmp_path / "old")
    asked = ["monitor", "drift", str(tmp_path / "old"), "--data", "longer.parquet", "--fail-on-drift"]
    assert run_command(asked) == 16
    assert "garrison monitor reference MODEL --data TRAINING" in capfd.readouterr().err
    made = ["monitor", "reference", str(tmp_path / "old"), "--data", "training.parquet"]
    assert run_command([*made, "--held-out", "training.parquet"]) == 0
    said = capfd.readouterr().out
    assert "4,000 in" in said
    assert "of 4,000 held-out rows" in said
    assert run_command(asked) == 3
    assert "payload_len" in capfd.readouterr().out
    assert not (tmp_path / "old" / "reference.json").exists(), "a saved detector is never changed"


def test_a_day_is_recorded_measured_and_compared(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log = ["--log", "duckdb:///log.db"]
    record = ["monitor", "record", "experimental/threats", "--data", "training.parquet", *log]
    for _ in range(2):
        assert run_command(record) == 0
        assert "logged:   4,000" in capfd.readouterr().out
    measure = ["monitor", "performance", "experimental/threats", *log]
    assert run_command(measure) == 0
    said = capfd.readouterr().out
    assert "4,000 rows of the log" in said
    assert "recall" in said
    truth = pq.read_table("training.parquet").column("is_malicious").to_pylist()
    lines = [f"training-{number},{str(y).lower()}" for number, y in enumerate(truth, start=1)]
    Path("labels.csv").write_text("\n".join(["event_id,is_malicious", *lines[:3_000]]) + "\n")
    assert run_command([*measure, "--labels", "labels.csv", "--out", "performance.json"]) == 0
    assert "3,000 rows have a label" in capfd.readouterr().out
    found = json.loads((here / "performance.json").read_text(encoding="utf-8"))
    detector = load_detector(here / "models" / "experimental" / "threats" / "1" / "detector")
    flagged = detector.verdict(pq.read_table("training.parquet"))[:3_000]
    hits = sum(y for y, hit in zip(truth, flagged, strict=False) if hit)
    assert found["true"]["precision"] == pytest.approx(hits / flagged.sum())
    assert found["estimated"]["precision"]["low"] <= found["estimated"]["precision"]["value"]
    assert run_command([*measure, "--labels", "labels.csv", "--out", "performance.html"]) == 0
    assert "over time" in (here / "performance.html").read_text(encoding="utf-8")
    capfd.readouterr()
    drift = ["monitor", "drift", "experimental/threats", "--data", "duckdb:///log.db", "--fail-on-drift"]
    assert run_command(drift) == 0
    said = capfd.readouterr().out
    assert "these are events of a log" in said
    assert "absent:   past_60s_events" in said


def test_somebody_is_told_once_of_what_moved(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with HookServer() as server:
        Path("watch.yml").write_text(
            "alerts:\n  sinks:\n    - {kind: file, path: alerts.jsonl}\n"
            f"    - {{kind: webhook, url: '{server.url}', tries: 1}}\n"
        )
        asked = [
            "monitor",
            "drift",
            "experimental/threats",
            "--data",
            "longer.parquet",
            "--config",
            "watch.yml",
        ]
        assert run_command(asked) == 0
        said = capfd.readouterr().out
        assert "alert:    [drift] payload_len has moved" in said
        assert "told:     webhook" in said
        assert run_command(asked) == 0
        assert "told:" not in capfd.readouterr().out
        assert len(server.posts) == 1
        assert (
            run_command(
                ["monitor", "drift", "experimental/threats", "--data", "training.parquet", *asked[-2:]]
            )
            == 0
        )
        assert json.loads(server.posts[1].body)["ended"]
    assert run_command(asked) == 1, "the webhook is away"
    error = capfd.readouterr().err
    assert "webhook was not told" in error
    assert len(Path("alerts.jsonl").read_text().splitlines()) == 3
    Path("watch.yml").write_text("alerts: {rules: [{kind: limit, name: a, measure: x}]}")
    assert run_command(asked) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["no-such", "--data", "training.parquet"], 17, "there is no model"),
        (["experimental/threats", "--data", "absent.csv"], 5, "no such file"),
        (["experimental/threats", "--data", "training.parquet", "--correction", "hom"], 2, "holm"),
        (["experimental/threats", "--data", "training.parquet", "--alpha", "2"], 2, "drift.alpha"),
        (["experimental/threats", "--data", "training.parquet", "--least", "ks"], 2, "drift.least.ks"),
        (["experimental/threats", "--data", "training.parquet", "--least", "kz=1"], 2, "cramers_v"),
        (["experimental/threats", "--data", "training.parquet", "--since", "soon"], 2, "24h"),
        (["experimental/threats", "--data", "training.parquet", "--since", "999999w"], 2, "24h"),
        (
            ["experimental/threats", "--data", "training.parquet", "--since", "0001-01-01T00:00:00+02:00"],
            2,
            "24h",
        ),
        (["experimental/threats", "--data", "postgres://host/db"], 2, "duckdb"),
    ],
)
def test_bad_arguments_are_clear_errors(
    arguments: list[str], code: int, said: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["monitor", "drift", *arguments]) == code
    error = capfd.readouterr().err
    assert said in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ["performance", "experimental/threats", "--log", "duckdb:///empty.db"],
            6,
            "nothing was logged there",
        ),
        (["performance", "experimental/threats", "--log", "events.db"], 2, "no scheme"),
        (
            [
                "record",
                "experimental/threats",
                "--data",
                "training.parquet",
                "--log",
                "duckdb:///l.db",
                "--sample",
                "0",
            ],
            2,
            "sample",
        ),
        (
            [
                "record",
                "experimental/threats",
                "--data",
                "training.parquet",
                "--log",
                "duckdb:///l.db",
                "--id",
                "uid",
            ],
            6,
            "uid",
        ),
    ],
)
def test_bad_logs_are_clear_errors(
    arguments: list[str], code: int, said: str, here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["monitor", *arguments]) == code
    error = capfd.readouterr().err
    assert said in error
    assert "Traceback" not in error
