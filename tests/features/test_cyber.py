import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_events import EVENTS_SCHEMA, events, some_events

from garrison.data.pseudonyms import Pseudonyms
from garrison.data.raw import record_arrivals
from garrison.data.schema import Schema
from garrison.errors import DataError, IntegrityError, ModelError, SchemaError, SourceError
from garrison.features.cyber import CyberDataProcessor

Rows = list[dict[str, Any]]
ROWS = some_events(300)
FITTED = CyberDataProcessor().fit(ROWS)
X = FITTED.transform(ROWS)


def with_rows(tmp_path: Path) -> dict[str, Any]:
    """The same events in every make."""
    table = pa.Table.from_pylist(ROWS)
    pa.parquet.write_table(table, tmp_path / "one.parquet")
    pa.csv.write_csv(table, tmp_path / "one.csv")
    lines = [json.dumps({**row, "timestamp": row["timestamp"].isoformat()}) for row in ROWS]
    (tmp_path / "one.jsonl").write_text("\n".join(lines) + "\n")
    parts = tmp_path / "parts"
    parts.mkdir()
    for place in range(3):
        pa.parquet.write_table(table.slice(place * 100, 100), parts / f"part-{place}.parquet")
    return {
        "arrow": table,
        "dataset": pa.dataset.dataset(parts),
        "pandas": pd.DataFrame(ROWS, index=range(1_000, 1_300)),
        "polars": pl.DataFrame(ROWS),
        "lazy": pl.scan_parquet(parts / "*.parquet"),
        "parquet": tmp_path / "one.parquet",
        "csv": str(tmp_path / "one.csv"),
        "json lines": tmp_path / "one.jsonl",
        "folder": parts,
        "pattern": str(parts / "part-*.parquet"),
        "paths": [parts / "part-0.parquet", str(parts / "part-1.parquet"), parts / "part-2.parquet"],
    }


def test_every_make_of_events_gives_the_same_numbers(tmp_path: Path) -> None:
    for make, raw in with_rows(tmp_path).items():
        assert FITTED.transform(raw).tobytes() == X.tobytes(), make
        batches = list(FITTED.transform_batches(raw, batch_rows=70))
        assert max(map(len, batches)) <= 70
        assert np.concatenate(batches).tobytes() == X.tobytes(), make
        assert FITTED.live().transform(raw).tobytes() == X.tobytes(), make


def test_fit_transform_is_fit_then_transform_and_the_label_is_not_looked_at() -> None:
    unlabelled = [{key: value for key, value in row.items() if key != "is_malicious"} for row in ROWS]
    for rows in (ROWS, unlabelled):
        processor = CyberDataProcessor()
        assert processor.names == ()
        assert processor.fit_transform(rows).tobytes() == X.tobytes()
        assert processor.names == FITTED.names
        assert processor.rows.tolist() == list(range(1, 301))
        assert not processor.refused


@given(st.lists(events, min_size=1, max_size=12), st.lists(st.integers(0, 12), max_size=4))
@settings(max_examples=25)
def test_one_event_or_any_number_at_a_time(rows: Rows, cuts: list[int]) -> None:
    ordered = sorted(rows, key=lambda row: row["timestamp"])
    whole = FITTED.transform(ordered)
    size = len(rows)
    for places in (sorted({0, *(cut for cut in cuts if cut < size), size}), range(size + 1)):
        live = FITTED.live()
        pieces = [live.transform(ordered[start:end]) for start, end in pairwise(places)]
        assert np.concatenate(pieces).tobytes() == whole.tobytes()
    live = FITTED.live()
    assert np.concatenate([live.transform(row) for row in ordered]).tobytes() == whole.tobytes()


def test_an_event_alone_has_no_past_but_live_remembers() -> None:
    port = FITTED.names.index("past_600s_events")
    plain = CyberDataProcessor(scale=False).fit(ROWS)
    assert plain.transform(ROWS[-1])[0, port] == 0
    live = plain.live()
    live.transform(ROWS[:-1])
    assert live.transform(ROWS[-1])[0, port] == plain.transform(ROWS)[-1, port] > 0


def test_batches_out_of_order_are_refused_and_live_counts_them() -> None:
    backwards = ROWS[::-1]
    with pytest.raises(DataError, match="not in order of time") as caught:
        list(FITTED.transform_batches(backwards, batch_rows=100))
    assert caught.value.where == "rows 101 to 200"
    assert FITTED.transform(backwards)[::-1].tobytes() == X.tobytes()
    assert len(list(FITTED.transform_batches(backwards))) == 1
    live = FITTED.live()
    live.transform(ROWS[200:])
    live.transform(ROWS[:3])
    assert live.late == 3


def test_saved_and_loaded_it_gives_the_same_bytes(tmp_path: Path) -> None:
    FITTED.save(tmp_path / "a.json")
    again = CyberDataProcessor.load(tmp_path / "a.json")
    again.save(tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert again.transform(ROWS).tobytes() == X.tobytes()
    assert again.schema == EVENTS_SCHEMA
    assert again.scale


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"kind": "cyber"}', '{"kind": "cyber", "format": 2}', "\udcff"]
)
def test_a_file_that_holds_no_processor_is_an_error_of_ours(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError):
        CyberDataProcessor.load(path)
    with pytest.raises(ModelError):
        CyberDataProcessor.load(tmp_path / "none.json")


def test_a_saved_processor_with_parts_that_are_not_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    FITTED.save(path)
    facts = json.loads(path.read_text())
    for key, value, error in (
        ("processor", {"kind": "url", "format": 1, "buckets": 0, "column": "a"}, ModelError),
        ("processor", {}, ModelError),
        ("schema", {}, SchemaError),
    ):
        path.write_text(json.dumps({**facts, key: value}))
        with pytest.raises(error):
            CyberDataProcessor.load(path)


def bad_rows() -> Rows:
    rows = [dict(row) for row in ROWS[:10]]
    rows[2]["payload_len"] = -1
    rows[5]["protocol"] = "carrier pigeon"
    rows[7]["timestamp"] = "2999-01-01"
    rows[8]["timestamp"] = "yesterday"
    rows[8]["src_ip"] = "10.1.2.3"
    return rows


def test_a_bad_row_is_named_without_a_quarantine(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="row 3 is refused: payload_len: below the minimum 0"):
        FITTED.transform(bad_rows())
    path = tmp_path / "a.csv"
    pd.DataFrame(bad_rows()).to_csv(path, index=False)
    with pytest.raises(SourceError, match="row 3 is refused: payload_len: below the minimum 0"):
        FITTED.transform(path)


@pytest.mark.parametrize("by_file", [False, True])
def test_bad_rows_are_left_out_counted_and_kept(tmp_path: Path, by_file: bool) -> None:
    kept = tmp_path / "refused.jsonl"
    processor = CyberDataProcessor(scale=False, quarantine=kept).fit(ROWS)
    assert not kept.exists()
    raw: Any = bad_rows()
    if by_file:
        raw = tmp_path / "a.csv"
        pd.DataFrame(bad_rows()).to_csv(raw, index=False)
    good = [row for place, row in enumerate(ROWS[:10]) if place not in (2, 5, 7, 8)]
    found = processor.transform(raw)
    assert found.tobytes() == processor.transform(good).tobytes()
    processor.transform(raw)
    assert processor.rows.tolist() == [1, 2, 4, 5, 7, 10]
    assert dict(processor.refused) == {
        "payload_len: below the minimum 0": 2,
        "protocol: not one of tcp, udp, icmp": 2,
        "timestamp: in the future": 2,
        "timestamp: not a timestamp": 2,
    }
    lines = [json.loads(line) for line in kept.read_text().splitlines()]
    assert [line["row"] for line in lines] == [3, 6, 8, 9] * 2
    assert "carrier pigeon" in lines[1]["content"]
    assert "10.1.2.3" not in kept.read_text()


def test_addresses_are_replaced_and_one_written_in_two_ways_is_one(tmp_path: Path) -> None:
    rows = [{**row, "src_ip": ("10.0.0.7", "::ffff:10.0.0.7")[place % 2]} for place, row in enumerate(ROWS)]
    same = [{**row, "src_ip": "10.0.0.7"} for row in ROWS]
    path = tmp_path / "a.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    wanted = FITTED.transform(same)
    assert wanted.tobytes() != X.tobytes()
    for raw in (rows, pd.DataFrame(rows), pl.DataFrame(rows), path):
        assert FITTED.transform(raw).tobytes() == wanted.tobytes()
        assert np.concatenate(list(FITTED.transform_batches(raw, batch_rows=9))).tobytes() == wanted.tobytes()
    key = Pseudonyms(bytes(32))
    assert CyberDataProcessor(pseudonyms=key).fit(ROWS).transform(rows).tobytes() == wanted.tobytes()
    kept = tmp_path / "refused.jsonl"
    for source in ("10.0.0.7", ["10.0.0.7"], b"10.0.0.7"):
        processor = CyberDataProcessor(quarantine=kept, pseudonyms=key).fit(ROWS)
        processor.transform([{**ROWS[0], "src_ip": source, "payload_len": -1}])
        assert "10.0.0.7" not in kept.read_text()
        assert key.of(pa.array(["10.0.0.7"]))[0].as_py() in kept.read_text()


def test_batches_with_bad_rows(tmp_path: Path) -> None:
    processor = CyberDataProcessor(quarantine=tmp_path / "refused.jsonl").fit(ROWS)
    batches = list(processor.transform_batches(bad_rows(), batch_rows=3))
    assert sum(map(len, batches)) == 6
    assert processor.refused.total() == 4


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"extra": 1}, "unexpected columns: 'extra'"),
        ({"payload_len": None}, "row 1 is refused: payload_len: missing"),
        ({"payload_len": [1, 2]}, "payload_len: not an integer"),
        ({"src_ip": float("inf")}, None),
    ],
)
def test_bad_columns(change: dict[str, Any], match: str | None) -> None:
    event = {**ROWS[0], **change}
    if match is None:
        assert FITTED.transform(event).shape == (1, len(FITTED.names))
        return
    with pytest.raises(SchemaError, match=match):
        FITTED.transform([event])


def test_a_missing_column_is_refused_unless_it_is_optional() -> None:
    short = [{key: value for key, value in row.items() if key != "dst_port"} for row in ROWS]
    assert FITTED.transform(short).shape == X.shape
    with pytest.raises(SchemaError, match="missing columns: 'payload_len'"):
        FITTED.transform([{key: value for key, value in ROWS[0].items() if key != "payload_len"}])


def test_no_rows(tmp_path: Path) -> None:
    frame = pl.DataFrame(ROWS).head(0)
    makes: list[Any] = [[], pd.DataFrame(ROWS).head(0), frame, frame.lazy()]
    for nothing in makes:
        assert FITTED.transform(nothing).shape == (0, len(FITTED.names))
        assert list(FITTED.transform_batches(nothing)) == []
        with pytest.raises(DataError, match="no rows"):
            CyberDataProcessor().fit(nothing)
    with pytest.raises(DataError, match="no rows"):
        CyberDataProcessor(quarantine=tmp_path / "q.jsonl").fit([{**ROWS[0], "payload_len": -1}])
    with pytest.raises(SourceError, match="no file is there"):
        FITTED.transform(str(tmp_path / "*.parquet"))


def test_one_row_and_columns_without_values() -> None:
    required = ("timestamp", "src_ip", "protocol", "payload_len")
    bare = [{key: row[key] for key in required} | {"dst_port": None} for row in ROWS]
    assert np.isfinite(CyberDataProcessor().fit_transform(bare)).all()
    assert np.isfinite(CyberDataProcessor().fit_transform({**bare[0], "src_ip": None})).all()


def test_files_of_which_only_some_have_columns_of_the_past(tmp_path: Path) -> None:
    table = EVENTS_SCHEMA.validate(pa.Table.from_pylist(ROWS)).table
    pa.parquet.write_table(table, tmp_path / "a.parquet")
    zeros = pa.array([0] * len(ROWS))
    past = pa.table([*table.columns, *[zeros] * 12], names=[*table.column_names, *EVENTS_SCHEMA.window_names])
    pa.parquet.write_table(past, tmp_path / "b.parquet")
    with pytest.raises(SchemaError, match="past behaviour"):
        FITTED.transform(tmp_path)
    assert FITTED.transform(tmp_path / "b.parquet").shape == X.shape


def test_of_a_folder_nothing_is_passed_over_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GARRISON_STATE", str(tmp_path / "state"))
    folder = tmp_path / "raw"
    (folder / "monday").mkdir(parents=True)
    pa.parquet.write_table(pa.Table.from_pylist(ROWS), folder / "monday" / "a.parquet")
    (folder / ".hidden").write_text("no data")
    assert FITTED.transform(folder).shape == X.shape
    (folder / "notes.md").write_text("not read")
    with pytest.raises(SourceError, match="tells no format") as caught:
        FITTED.transform(folder)
    assert "notes.md" in caught.value.where
    assert "*.parquet" in caught.value.remedy
    assert FITTED.transform(str(folder / "**" / "*.parquet")).shape == X.shape
    (folder / "notes.md").unlink()
    record_arrivals(folder)
    pa.parquet.write_table(pa.Table.from_pylist(ROWS[:1]), folder / "monday" / "a.parquet")
    with pytest.raises(IntegrityError, match="changed after it arrived"):
        FITTED.transform(folder / "monday")


def test_before_fit_and_with_a_schema_of_ones_own(tmp_path: Path) -> None:
    for call in (
        lambda: CyberDataProcessor().transform(ROWS),
        lambda: list(CyberDataProcessor().transform_batches(ROWS)),
        lambda: CyberDataProcessor().live(),
        lambda: CyberDataProcessor().save(tmp_path / "a.json"),
    ):
        with pytest.raises(ModelError, match="not fitted"):
            call()
    schema = Schema.from_dict({"name": "ports", "columns": [{"name": "port", "type": "integer"}]})
    own = CyberDataProcessor(schema, scale=False)
    assert own.fit_transform([{"port": 3}]).tolist() == [[3.0]]
    (tmp_path / "features.json").write_text(json.dumps(schema.to_dict()))
    read = CyberDataProcessor(str(tmp_path / "features.json"))
    assert read.schema == schema
