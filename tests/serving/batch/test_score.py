"""Files of scores: the detector's own scores, whatever the format, the order and the interruptions."""

import json
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq
import pytest
from scored_flows import FLOWS, flow_rows
from small_events import EVENTS_SCHEMA, some_events

from garrison.data.pseudonyms import Pseudonyms
from garrison.data.sources import open_source
from garrison.data.stores import open_store
from garrison.detection import Detector
from garrison.errors import GarrisonError, OutputError, RunBusy, SchemaError, SourceError, UsageError
from garrison.run.lock import FolderLock
from garrison.serving.batch import (
    Input,
    PreparedInput,
    Scored,
    SourceInput,
    StoreInput,
    reading_schema,
    score_batch,
)

KEY = Pseudonyms(bytes(32))


def flows_file(path: Path, rows: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def of_files(detector: Detector, *paths: Path, keep: tuple[str, ...] = ()) -> SourceInput:
    schema = reading_schema(detector.schema, keep)
    return SourceInput(
        [open_source(path, schema=schema, with_label=False, batch_rows=64, pseudonyms=KEY) for path in paths]
    )


def table_of(path: Path) -> pa.Table:
    if path.suffix == ".csv":
        return pa.csv.read_csv(path)
    return pa.json.read_json(path) if path.suffix == ".jsonl" else pq.read_table(path)


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".jsonl"])
def test_rows_are_scored_as_the_detector_does(flows: Detector, tmp_path: Path, ending: str) -> None:
    rows = flow_rows(250)
    data = of_files(flows, flows_file(tmp_path / "in.parquet", rows), keep=("id", "label"))
    done = score_batch(flows, data, tmp_path / f"out{ending}", keep=("id", "label"), batch_rows=100)
    found = table_of(done.path)
    expected = flows.score(rows)
    assert found.column_names == ["row", "who", "id", "label", "score", "verdict"]
    assert found["row"].to_pylist() == list(range(1, 251))
    assert found["id"].to_pylist() == [row["id"] for row in rows]
    assert found["score"].to_pylist() == expected.tolist()
    assert found["verdict"].to_pylist() == flows.verdict(rows).tolist()
    assert (done.rows, done.refused, done.alerts) == (250, 0, int(flows.verdict(rows).sum()))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", f"out{ending}"]


def test_refused_rows_are_kept_with_their_reason(flows: Detector, tmp_path: Path) -> None:
    rows = flow_rows(50)
    rows[3]["port"], rows[20]["proto"], rows[21]["port"] = -1, "icmp", None
    data = of_files(flows, flows_file(tmp_path / "in.parquet", rows))
    done = score_batch(flows, data, tmp_path / "out.parquet", batch_rows=10)
    assert done.reasons == {
        "port: below the minimum 0": 1,
        "port: missing": 1,
        "proto: not one of tcp, udp": 1,
    }
    kept = [json.loads(line) for line in done.refused_path.read_text().splitlines()]
    assert [(one["source"], one["row"]) for one in kept] == [("in.parquet", row) for row in (4, 21, 22)]
    numbers = pq.read_table(done.path)["row"].to_pylist()
    assert numbers == [row for row in range(1, 51) if row not in (4, 21, 22)]
    good = of_files(flows, flows_file(tmp_path / "in.parquet", flow_rows(50)))
    assert score_batch(flows, good, tmp_path / "out.parquet").refused == 0
    assert not done.refused_path.exists()


def test_several_files_are_told_apart(flows: Detector, tmp_path: Path) -> None:
    first = flows_file(tmp_path / "a.parquet", flow_rows(30))
    second = flows_file(tmp_path / "b.parquet", flow_rows(20))
    found = pq.read_table(score_batch(flows, of_files(flows, first, second), tmp_path / "out.parquet").path)
    assert found["file"].to_pylist() == ["a.parquet"] * 30 + ["b.parquet"] * 20
    assert found["row"].to_pylist() == [*range(1, 31), *range(1, 21)]


@pytest.mark.parametrize("batch_rows", [37, 5_000])
def test_events_are_scored_with_their_past_in_order_of_time(
    watcher: Detector, tmp_path: Path, batch_rows: int
) -> None:
    rows = some_events(200, seed=4)
    random.Random(0).shuffle(rows)
    expected = watcher.score(rows)
    data = of_files(watcher, flows_file(tmp_path / "in.parquet", rows))
    found = pq.read_table(score_batch(watcher, data, tmp_path / "out.parquet", batch_rows=batch_rows).path)
    assert found["timestamp"].to_pylist() == sorted(row["timestamp"] for row in rows)
    places = np.array(found["row"]) - 1
    np.testing.assert_allclose(np.array(found["score"]), expected[places], rtol=0, atol=1e-12)


BREAK = """
import os, signal, sys
sys.path[:0] = [{support!r}, {tests!r}]
from pathlib import Path
from garrison.detection import load_detector
from garrison.data.pseudonyms import Pseudonyms
from garrison.data.sources import open_source
from garrison.serving.batch import SourceInput, reading_schema, score_batch
from garrison.serving.batch.shards import Shards
import pyarrow.parquet as pq
import garrison.serving.batch.score as module

left = {after}
def cut(function):
    def either(*arguments, **named):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **named)
    return either
{hook}
detector = load_detector(Path({folder!r}))
source = open_source(Path({data!r}), schema=reading_schema(detector.schema, ()), with_label=False, batch_rows=64,
                     pseudonyms=Pseudonyms(bytes(32)))
score_batch(detector, SourceInput([source]), Path({out!r}), batch_rows=40)
"""
HOOKS = {
    "between shards": ("Shards.write = cut(Shards.write)", 3),
    "in a shard": ("pq.write_table = cut(pq.write_table)", 2),
    "at the last step": ("module._join = cut(module._join)", 0),
}


@pytest.mark.parametrize(
    ("where", "kind"),
    [("between shards", "flows"), ("in a shard", "watcher"), ("at the last step", "flows")],
)
def test_killed_and_begun_again_it_gives_the_bytes_of_an_unbroken_run(
    where: str, kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    from garrison.detection import save_detector

    detector: Detector = request.getfixturevalue(kind)
    rows: list[dict[str, Any]] = flow_rows(300) if kind == "flows" else some_events(300, seed=4)
    rows[10]["port" if kind == "flows" else "payload_len"] = -1
    random.Random(0).shuffle(rows)
    data, out = flows_file(tmp_path / "in.parquet", rows), tmp_path / "out.csv"
    save_detector(detector, tmp_path / "detector")
    hook, after = HOOKS[where]
    script = BREAK.format(
        support=str(Path(__file__).parents[2] / "support"),
        tests=str(Path(__file__).parents[2]),
        after=after,
        hook=hook,
        folder=str(tmp_path / "detector"),
        data=str(data),
        out=str(out),
    )
    broken = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False
    )
    assert broken.returncode == -signal.SIGKILL, broken.stderr
    assert not out.exists()
    assert (tmp_path / "out.csv.partial").is_dir()
    done = score_batch(detector, of_files(detector, data), out, batch_rows=40)
    shards = {"between shards": 3, "in a shard": 2, "at the last step": 8}[where]
    assert done.resumed_rows == min(40 * shards, 299)
    whole = score_batch(detector, of_files(detector, data), tmp_path / "whole.csv", batch_rows=40)
    assert (
        (done.rows, done.alerts, done.refused)
        == (whole.rows, whole.alerts, whole.refused)
        == (299, done.alerts, 1)
    )
    assert out.read_bytes() == whole.path.read_bytes()
    assert done.refused_path.read_bytes() == whole.refused_path.read_bytes()


def test_what_another_scoring_left_is_not_taken_over(
    flows: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    flows_file(data, flow_rows(100))
    with monkeypatch.context() as patch:
        patch.setattr("garrison.serving.batch.score._join", _full_disk)
        with pytest.raises(OutputError):
            score_batch(flows, of_files(flows, data), out, batch_rows=30)
    flows_file(data, flow_rows(100)[::-1])
    done = score_batch(flows, of_files(flows, data), out, batch_rows=30)
    assert "part of another scoring" in capsys.readouterr().err
    assert done.resumed_rows == 0
    assert pq.read_table(out)["score"].to_pylist() == flows.score(flow_rows(100)[::-1]).tolist()


def _full_disk(*_: Any) -> None:
    raise OutputError("cannot write: the disk is full")


@pytest.mark.parametrize("ending", [".npy", ".parquet"])
def test_prepared_numbers_are_scored_as_they_are(flows: Detector, tmp_path: Path, ending: str) -> None:
    rows = flow_rows(90)
    X = flows.processor.transform(flows.checked(rows))
    X[5, 1] = np.nan
    path = tmp_path / f"numbers{ending}"
    if ending == ".npy":
        np.save(path, X)
    else:
        pq.write_table(pa.table(dict(zip(flows.processor.names, X.T, strict=True))), path)
    assert PreparedInput.is_one(path, flows.processor.names, FLOWS)
    data = PreparedInput(path, flows.processor.names, batch_rows=32)
    done = score_batch(flows, data, tmp_path / "out.parquet", batch_rows=32)
    found = pq.read_table(done.path)
    assert found["row"].to_pylist() == [row for row in range(1, 91) if row != 6]
    assert found["score"].to_pylist() == np.delete(flows.score(rows), 5).tolist()
    assert done.reasons == {f"{flows.processor.names[1]}: missing or infinite": 1}


def test_raw_events_are_not_taken_for_prepared_numbers(flows: Detector, tmp_path: Path) -> None:
    path = flows_file(tmp_path / "in.parquet", flow_rows(5))
    assert not PreparedInput.is_one(path, flows.processor.names, FLOWS)


def test_a_collection_of_a_store_is_scored(flows: Detector, tmp_path: Path) -> None:
    rows = flow_rows(60)
    url = f"duckdb:///{tmp_path}/events.duckdb"
    with open_store(url) as store:
        store.append(
            "flows", pa.Table.from_pylist([{**row, "port": row["port"] - 1} for row in rows]), key=["id"]
        )
    data = StoreInput(
        url, "flows", reading_schema(FLOWS, ("id",)), batch_rows=16, hide=lambda batch: batch, hide_text=str
    )
    done = score_batch(flows, data, tmp_path / "out.parquet", keep=("id",))
    bad = [row["id"] for row in rows if row["port"] == 0]
    assert done.reasons == {"port: below the minimum 0": len(bad)}
    good = [{**row, "port": row["port"] - 1} for row in rows if row["port"]]
    found = pq.read_table(done.path)
    assert found["id"].to_pylist() == [row["id"] for row in good]
    assert found["score"].to_pylist() == flows.score(good).tolist()


@pytest.mark.parametrize(
    ("name", "changes", "error", "said"),
    [
        ("out.xlsx", {}, UsageError, "tells no format"),
        ("out.csv", {"keep": ("prot",)}, UsageError, "did you mean 'proto'"),
        ("out.csv", {"batch_rows": 0}, UsageError, "batches of 0 rows"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_read(
    flows: Detector, tmp_path: Path, name: str, changes: dict[str, Any], error: type[GarrisonError], said: str
) -> None:
    data = of_files(flows, flows_file(tmp_path / "in.parquet", flow_rows(5)))
    with pytest.raises(error, match=said):
        score_batch(flows, data, tmp_path / name, **changes)
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


def test_nothing_to_score_is_an_error_that_says_why(flows: Detector, tmp_path: Path) -> None:
    rows = [{**row, "port": -1} for row in flow_rows(5)]
    with pytest.raises(SchemaError, match="all 5 rows are refused, 5 of them by: port: below"):
        score_batch(flows, of_files(flows, flows_file(tmp_path / "in.parquet", rows)), tmp_path / "out.csv")
    empty = tmp_path / "empty.csv"
    empty.write_text("who,port,proto,bytes\n")
    with pytest.raises(SourceError, match="no rows"):
        score_batch(flows, of_files(flows, empty), tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_two_at_once_do_not_write_one_file(flows: Detector, tmp_path: Path) -> None:
    data: Input = of_files(flows, flows_file(tmp_path / "in.parquet", flow_rows(5)))
    (tmp_path / "out.csv.partial").mkdir()
    with FolderLock(tmp_path / "out.csv.partial" / "lock"), pytest.raises(RunBusy):
        score_batch(flows, data, tmp_path / "out.csv")


def test_addresses_are_replaced_before_they_are_written(watcher: Detector, tmp_path: Path) -> None:
    rows = [{**row, "src_ip": "192.0.2.7"} for row in some_events(40)]
    rows[3]["payload_len"] = -1
    done: Scored = score_batch(
        watcher, of_files(watcher, flows_file(tmp_path / "in.parquet", rows)), tmp_path / "out.csv"
    )
    assert "192.0.2.7" not in done.path.read_text() + done.refused_path.read_text()
    assert str(EVENTS_SCHEMA.time) in done.path.read_text().splitlines()[0]


@pytest.mark.parametrize("kind", ["cut short", "by columns", "another width", "objects", "no matrix"])
def test_prepared_numbers_that_are_none_are_refused(flows: Detector, tmp_path: Path, kind: str) -> None:
    path, X = tmp_path / "numbers.npy", flows.processor.transform(flows.checked(flow_rows(20)))
    if kind == "objects":
        np.save(path, np.array([[{}]], dtype=object), allow_pickle=True)
    elif kind == "no matrix":
        path.write_bytes(b"row,port\n1,2\n")
    else:
        np.save(path, {"by columns": np.asfortranarray(X), "another width": X[:, 1:]}.get(kind, X))
    if kind == "cut short":
        path.write_bytes(path.read_bytes()[:-9])
    data = PreparedInput(path, flows.processor.names, batch_rows=8)
    with pytest.raises((SourceError, SchemaError)) as found:
        score_batch(flows, data, tmp_path / "out.csv")
    assert str(path) in str(found.value)
    assert not (tmp_path / "out.csv").exists()
