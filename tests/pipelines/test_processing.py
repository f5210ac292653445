"""From raw to processed: ordered, checked, pseudonymised, with the past of each source, and the same bytes again."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from garrison.data.configs import config_folder
from garrison.data.raw import RECORD
from garrison.data.schema import Schema
from garrison.data.simulator import simulate, write_simulated
from garrison.errors import (
    GarrisonError,
    IntegrityError,
    RunBusy,
    SchemaError,
    SettingsError,
    SourceError,
    UsageError,
)
from garrison.features.windows import window_columns
from garrison.files import sha256_of
from garrison.pipelines.processing import METADATA, Processed, process
from garrison.pipelines.processing_settings import ProcessingSettings, processing_settings
from garrison.run.lock import FolderLock

FEATURES = config_folder("threats") / "features.json"
HEADER = "timestamp,src_ip,protocol,payload_len,is_malicious\n"
Make = Callable[..., Processed]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Processes with the default features file and a key of its own into ``out/v1.parquet``."""
    monkeypatch.setenv("GARRISON_PSEUDONYM_KEY", "00" * 31 + "01")
    monkeypatch.setenv("GARRISON_STATE", str(tmp_path / "state"))

    def run(
        raw: Path, *, out: Path = tmp_path / "out" / "v1.parquet", features: Path = FEATURES, **more: Any
    ) -> Processed:
        return process(raw, out, settings=ProcessingSettings(**more), features=features)

    return run


def lines(*rows: str) -> str:
    return HEADER + "".join(row + "\n" for row in rows)


def row(second: int, *, source: str = "192.0.2.1", size: int | str = 10, protocol: str = "tcp") -> str:
    return f"2024-01-01T00:00:{second:02d}Z,{source},{protocol},{size},false"


def left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def test_simulated_events_come_out_whole_with_the_past_of_their_source(tmp_path: Path, make: Make) -> None:
    raw = tmp_path / "events.parquet"
    write_simulated(raw, 4_000, seed=1)
    made = make(raw)
    table = pq.read_table(made.path)
    schema = Schema.read(FEATURES)
    assert schema.windows is not None
    assert schema.time is not None
    assert table.column_names == [*(column.name for column in schema.kept()), *schema.windows.names]
    assert (made.rows, made.read, made.refused, made.out_of_order) == (4_000, 4_000, 0, 0)
    events = pa.Table.from_batches(simulate(4_000, seed=1))
    assert table["timestamp"].equals(events["timestamp"])
    past = window_columns(table.select(schema.names), schema.windows, time=schema.time)
    assert table.select(past.column_names).combine_chunks().equals(past.combine_chunks())
    assert pc.max(table["past_600s_events"]).as_py() > 10
    assert pc.all(pc.match_substring_regex(table["src_ip"], "^ip_[0-9a-f]{32}$")).as_py()
    assert (
        table["src_ip"]
        .combine_chunks()
        .dictionary_encode()
        .indices.equals(events["src_ip"].combine_chunks().dictionary_encode().indices)
    )
    assert left_behind(made.path.parent) == []
    assert sorted(path.name for path in made.path.parent.iterdir()) == ["v1.parquet", "v1.parquet.json"]


def test_facts_say_what_it_was_made_from(tmp_path: Path, make: Make) -> None:
    raw = tmp_path / "events.parquet"
    write_simulated(raw, 1_000, seed=1)
    made = make(raw)
    facts = json.loads(made.facts_path.read_text(encoding="utf-8"))
    inside = pq.read_schema(made.path).metadata
    assert facts.pop("sha256") == made.sha256 == sha256_of(made.path)
    assert json.loads(inside[METADATA.encode()]) == facts
    assert inside[b"garrison.simulated"] == b"true"
    (one,) = facts["raw"]
    assert (one["name"], one["bytes"], one["sha256"]) == (
        "events.parquet",
        raw.stat().st_size,
        sha256_of(raw),
    )
    assert facts["features"]["sha256"] == sha256_of(FEATURES)
    assert facts["settings"] == {
        "deduplicate": False,
        "format": None,
        "labels": True,
        "skip": [],
        "windows": True,
    }
    assert facts["pseudonyms"] == made.pseudonyms
    assert len(facts["pseudonyms"]) == 8
    assert facts["counts"]["rows"] == 1_000
    everything = made.facts_path.read_text() + str(inside)
    assert "000000000000000000000001" not in everything
    assert str(tmp_path) not in everything


def test_the_same_input_gives_the_same_bytes_whatever_the_batch(tmp_path: Path, make: Make) -> None:
    raw = tmp_path / "events.csv"
    write_simulated(raw, 3_000, seed=2)
    first = make(raw)
    facts = first.facts_path.read_bytes()
    assert make(raw, batch_rows=171).sha256 == first.sha256
    shutil.rmtree(first.path.parent)
    assert make(raw).sha256 == first.sha256
    assert first.facts_path.read_bytes() == facts


def test_events_are_put_in_order_of_time_and_ties_keep_file_and_row(tmp_path: Path, make: Make) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "b.csv").write_text(lines(row(3, size=1), row(1, size=2), row(5, size=3), row(3, size=4)))
    (raw / "a.csv").write_text(lines(row(4, size=5), row(3, size=6)))
    made = make(raw)
    table = pq.read_table(made.path)
    assert table["payload_len"].to_pylist() == [2, 6, 1, 4, 5, 3]
    assert made.out_of_order == 3
    facts = json.loads(made.facts_path.read_text())
    assert [(one["name"], one["out_of_order"]) for one in facts["raw"]] == [("a.csv", 1), ("b.csv", 2)]
    assert table["past_10s_events"].to_pylist() == [0, 1, 1, 1, 4, 5]


def test_shuffled_events_give_what_ordered_ones_give(tmp_path: Path, make: Make) -> None:
    events = pa.Table.from_batches(simulate(3_000, seed=4))
    shuffled = events.take(pa.array(np.random.default_rng(0).permutation(3_000)))
    tables = []
    for name, content in (("ordered", events), ("shuffled", shuffled)):
        pq.write_table(content, tmp_path / f"{name}.parquet")
        tables.append(pq.read_table(make(tmp_path / f"{name}.parquet", batch_rows=500).path))
    assert tables[0].equals(tables[1])


def test_refused_rows_are_counted_and_kept_without_addresses(tmp_path: Path, make: Make) -> None:
    raw = tmp_path / "events.csv"
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    raw.write_text(
        lines(
            row(1),
            row(2, size=-5),
            row(3, protocol="gre"),
            f"{tomorrow},192.0.2.1,tcp,1,false",
            row(4, size="many"),
            "2024-01-01T00:00:05Z,192.0.2.1,tcp",
            "yesterday,192.0.2.1,tcp,1,false",
            row(6),
        )
    )
    made = make(raw)
    assert (made.rows, made.read, made.refused, made.in_the_future) == (2, 8, 6, 1)
    assert sum(made.reasons.values()) == 6
    refused = [json.loads(line) for line in made.refused_path.read_text().splitlines()]
    assert sorted(one["row"] for one in refused) == [2, 3, 4, 5, 6, 7]
    assert "192.0.2.1" not in made.refused_path.read_text()
    raw.write_text(lines(row(1)))
    assert make(raw).refused == 0
    assert not made.refused_path.exists()


def test_repeated_rows_are_counted_and_dropped_only_when_asked(tmp_path: Path, make: Make) -> None:
    raw = tmp_path / "events.csv"
    raw.write_text(lines(row(1), row(2), row(1), row(2, size=11), row(2), row(2)))
    kept, dropped = make(raw), make(raw, deduplicate=True, out=tmp_path / "out" / "v2.parquet")
    assert (kept.rows, kept.repeated, kept.dropped) == (6, 3, 0)
    assert (dropped.rows, dropped.repeated, dropped.dropped) == (3, 3, 3)
    assert pq.read_table(dropped.path)["past_10s_events"].to_pylist() == [0, 1, 1]


def test_windows_and_labels_may_be_left_out(tmp_path: Path, make: Make) -> None:
    raw = tmp_path / "events.csv"
    raw.write_text("timestamp,src_ip,protocol,payload_len\n2024-01-01T00:00:00Z,192.0.2.1,udp,7\n")
    with pytest.raises(SchemaError, match="is_malicious"):
        make(raw)
    table = pq.read_table(make(raw, labels=False, windows=False).path)
    assert "is_malicious" not in table.column_names
    assert not [name for name in table.column_names if name.startswith("past_")]


def test_what_was_processed_may_be_processed_again(tmp_path: Path, make: Make) -> None:
    raw = tmp_path / "events.parquet"
    write_simulated(raw, 800, seed=5)
    first = make(raw)
    again = make(first.path, out=tmp_path / "again" / "v1.parquet")
    assert pq.read_table(again.path).equals(pq.read_table(first.path))


def test_a_folder_is_recorded_on_arrival_and_checked_at_each_use(tmp_path: Path, make: Make) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "a.csv").write_text(lines(row(1)))
    make(raw)
    assert list(json.loads((raw / RECORD).read_text())) == ["a.csv"]
    (raw / "b.csv").write_text(lines(row(2)))
    assert make(raw).rows == 2
    (raw / "a.csv").write_text(lines(row(9)))
    for named in (raw, raw / "a.csv"):
        with pytest.raises(IntegrityError, match="changed"):
            make(named)
    assert make(raw / "b.csv").rows == 1
    for name in ("a.csv", "b.csv"):
        (raw / name).unlink()
        with pytest.raises(IntegrityError, match="missing"):
            make(raw)


def test_a_single_file_leaves_no_record(tmp_path: Path, make: Make) -> None:
    (tmp_path / "lone").mkdir()
    raw = tmp_path / "lone" / "a.csv"
    raw.write_text(lines(row(1)))
    make(raw)
    assert [path.name for path in raw.parent.iterdir()] == ["a.csv"]


def test_a_file_that_changes_while_it_is_read_is_found_out(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tmp_path / "a.csv"
    raw.write_text(lines(row(1)))
    real = sha256_of

    def slow(path: Path) -> str:
        digest = real(path)
        with raw.open("a") as file:
            file.write(row(2) + "\n")
        return digest

    monkeypatch.setattr("garrison.pipelines.raw_input.sha256_of", slow)
    with pytest.raises(IntegrityError, match="while it was read"):
        make(raw)
    assert not (tmp_path / "out" / "v1.parquet").exists()


def test_files_that_are_no_events_are_named_or_skipped(tmp_path: Path, make: Make) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "a.csv").write_text(lines(row(1)))
    (raw / "notes.docx").write_text("hello")
    with pytest.raises(SourceError, match=r"\.docx") as caught:
        make(raw)
    assert "skip" in caught.value.remedy
    assert make(raw, skip=["*.docx"]).rows == 1
    with pytest.raises(SourceError, match="all 2 files of the folder are skipped"):
        make(raw, skip=["*"])


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        ("", SourceError, "empty"),
        (HEADER, SourceError, "no rows"),
        ("a,b\n1,2\n", SchemaError, "missing columns"),
        (lines(row(1)).replace("payload_len", "payload_len,more"), SchemaError, "more"),
        (lines("x,192.0.2.1,tcp,1,false"), SchemaError, "no row is what the features file says"),
    ],
)
def test_bad_files_are_clear_errors_and_leave_nothing(
    content: str, error: type[GarrisonError], said: str, tmp_path: Path, make: Make
) -> None:
    raw = tmp_path / "a.csv"
    raw.write_text(content)
    with pytest.raises(error, match=said):
        make(raw)
    out = tmp_path / "out"
    assert not (out / "v1.parquet").exists()
    assert not out.exists() or left_behind(out) == []


def test_an_empty_folder_and_one_that_is_not_there(tmp_path: Path, make: Make) -> None:
    (tmp_path / "raw").mkdir()
    with pytest.raises(SourceError, match="no files"):
        make(tmp_path / "raw")
    with pytest.raises(SourceError, match="no such file or folder"):
        make(tmp_path / "absent")


def test_places_that_cannot_be_written_to_are_refused(tmp_path: Path, make: Make) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "a.csv").write_text(lines(row(1)))
    with pytest.raises(UsageError, match="among the raw ones"):
        make(raw, out=raw / "v1.parquet")
    write_simulated(tmp_path / "lone.parquet", 10, seed=0)
    with pytest.raises(UsageError, match="among the raw ones"):
        make(tmp_path / "lone.parquet", out=tmp_path / "lone.parquet")
    with pytest.raises(UsageError, match=r"not that of a Parquet file"):
        make(raw, out=tmp_path / "v1.csv")


def test_a_features_file_without_a_time_is_refused(tmp_path: Path, make: Make) -> None:
    facts = {"name": "timeless", "columns": [{"name": "a", "type": "integer"}]}
    (tmp_path / "f.json").write_text(json.dumps(facts))
    (tmp_path / "a.csv").write_text("a\n1\n")
    with pytest.raises(SchemaError, match="names no time"):
        make(tmp_path / "a.csv", features=tmp_path / "f.json")


def test_two_processes_do_not_make_one_file_at_once(tmp_path: Path, make: Make) -> None:
    raw = tmp_path / "a.csv"
    raw.write_text(lines(row(1)))
    work = tmp_path / "out" / ".v1.parquet.work"
    (work / "rows").mkdir(parents=True)
    (work / "rows" / "rows.parquet").write_text("left by a killed process")
    with FolderLock(work / "lock"), pytest.raises(RunBusy):
        make(raw)
    assert make(raw).rows == 1
    assert left_behind(tmp_path / "out") == []


def test_a_processed_file_stays_when_the_next_one_fails(tmp_path: Path, make: Make) -> None:
    raw = tmp_path / "a.csv"
    raw.write_text(lines(row(1)))
    made = make(raw)
    raw.write_text("")
    with pytest.raises(SourceError):
        make(raw)
    assert sha256_of(made.path) == made.sha256


def test_a_folder_of_a_recorded_one_is_checked_and_has_no_record_of_its_own(
    tmp_path: Path, make: Make
) -> None:
    day = tmp_path / "raw" / "monday"
    day.mkdir(parents=True)
    (day / "a.csv").write_text(lines(row(1)))
    make(tmp_path / "raw")
    made = make(day)
    assert not (day / ".digests.json").exists()
    facts = json.loads(made.facts_path.read_text())
    assert [one["name"] for one in facts["raw"]] == ["a.csv"]
    (day / "a.csv").write_text(lines(row(2)))
    with pytest.raises(IntegrityError, match="changed after it arrived"):
        make(day)


@pytest.mark.parametrize("written", ["1577836800", "1577836800123", "02/Jan/2020:03:04:05 +0000"])
def test_times_that_are_not_read_are_refused_with_those_that_are(
    written: str, tmp_path: Path, make: Make
) -> None:
    raw = tmp_path / "a.csv"
    raw.write_text(lines(row(1).replace(row(1).split(",")[0], written)))
    with pytest.raises(SchemaError, match="1 of 1 are refused by: timestamp: not a timestamp") as caught:
        make(raw)
    assert "ISO 8601" in caught.value.expected
    assert "seconds since 1970" in caught.value.expected


def test_settings_lead_to_their_features_file(tmp_path: Path) -> None:
    assert processing_settings().features == FEATURES
    config = tmp_path / "mine.yml"
    config.write_text("features: own.json\nwindows: false\n")
    with pytest.raises(SettingsError, match="no such features file"):
        processing_settings(config)
    (tmp_path / "own.json").write_text("{}")
    loaded = processing_settings(config, overrides=["deduplicate=true"])
    assert loaded.features == tmp_path / "own.json"
    assert (loaded.settings.windows, loaded.settings.deduplicate) == (False, True)
    with pytest.raises(SettingsError, match="window"):
        processing_settings(overrides=["window=true"])


def test_a_settings_file_that_comes_with_garrison_goes_by_its_bare_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert processing_settings(Path("processing.yml")) == processing_settings()
    (tmp_path / "processing.yml").write_text("windows: false\n")
    assert not processing_settings(Path("processing.yml")).settings.windows
    with pytest.raises(SettingsError, match=r"mine\.yml"):
        processing_settings(Path("mine.yml"))
