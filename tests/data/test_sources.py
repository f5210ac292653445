"""What holds of every source: tables come back equal, any bytes are met with an error of ours or a quarantine."""

import contextlib
import csv
import gzip
import io
import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
import zstandard
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources import open_source
from garrison.data.sources.binary import FEW
from garrison.data.sources.flows import FlowSource
from garrison.data.sources.open import SOURCES
from garrison.errors import SchemaError, SourceError, UsageError

SCHEMA = Schema.from_dict(
    {
        "name": "flows",
        "columns": [
            {"name": "port", "type": "integer", "nullable": True},
            {"name": "rate", "type": "number", "nullable": True},
            {"name": "host", "type": "string", "nullable": True},
            {"name": "open", "type": "boolean", "nullable": True},
            {"name": "seen", "type": "timestamp", "nullable": True},
        ],
    }
)
PACKERS: dict[str, Any] = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}

CONTROLS = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "port": st.none() | st.integers(-(2**63), 2**63 - 1),
            "rate": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "host": st.none()
            | TEXT
            | st.sampled_from(['"', '""', "a\nb", "\r\n", ",;", "\ufeff", " ", "NA"]),
            "open": st.none() | st.booleans(),
            "seen": st.none() | st.datetimes().map(lambda time: time.replace(fold=0)),
        }
    ),
    min_size=1,
    max_size=12,
)


def table_of(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMA.arrow_schema())


def as_csv(rows: list[dict[str, Any]], *, delimiter: str, newline: str, quote_all: bool) -> bytes:
    def cell(value: Any) -> str:
        if value is None:
            return ""
        text = value.isoformat() if hasattr(value, "isoformat") else str(value)
        bare = isinstance(value, (int, float)) and not quote_all
        return text if bare else '"' + text.replace('"', '""') + '"'

    lines = [delimiter.join(SCHEMA.names)] + [
        delimiter.join(cell(row[name]) for name in SCHEMA.names) for row in rows
    ]
    return (newline.join(lines) + newline).encode()


def as_jsonl(rows: list[dict[str, Any]], *, ascii_only: bool) -> bytes:
    texts = [json.dumps(row, default=lambda time: time.isoformat(), ensure_ascii=ascii_only) for row in rows]
    return "".join(text + "\n" for text in texts).encode()


def as_parquet(rows: list[dict[str, Any]]) -> bytes:
    return written(table_of(rows))


def written(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    pa.parquet.write_table(table, buffer)
    return buffer.getvalue()


ONE_ROW = {
    "csv": b"port\n1\n",
    "jsonl": b'{"port": 1}\n',
    "parquet": written(pa.table({"port": [1]})),
}
"""The table of port 1 in every format of tables; a new source is a row here."""
FORMATS = tuple(ONE_ROW)


def read(path: Path, **options: Any) -> pa.Table:
    return pa.Table.from_batches(open_source(path, **options).read())


def test_every_source_of_tables_has_its_row() -> None:
    tables = {name for name, source in SOURCES.items() if not issubclass(source, FlowSource)}
    assert tables == {*FORMATS}


@pytest.mark.parametrize("format", FORMATS)
def test_one_row_is_read(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"one.{format}"
    path.write_bytes(ONE_ROW[format])
    assert read(path).to_pylist() == [{"port": 1}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sources")


@given(
    ROWS,
    st.sampled_from([",", ";", "\t", "|", ":"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.sampled_from([1, 3, 100]),
    st.sampled_from(sorted(PACKERS)),
)
def test_a_table_written_as_csv_reads_back_equal(
    folder: Path, rows: list[dict[str, Any]], delimiter: str, newline: str, quote: bool, batch: int, pack: str
) -> None:
    path = folder / f"table.csv{pack}"
    content = as_csv(rows, delimiter=delimiter, newline=newline, quote_all=quote)
    assume(len(CONTROLS.findall(content)) <= FEW)  # more of them look like binary data
    path.write_bytes(PACKERS[pack](content))
    given_delimiter = delimiter if delimiter == ":" else None
    assert read(path, schema=SCHEMA, delimiter=given_delimiter, batch_rows=batch) == table_of(rows)


@given(ROWS, st.booleans(), st.sampled_from([1, 3, 100]))
def test_a_table_written_as_json_lines_reads_back_equal(
    folder: Path, rows: list[dict[str, Any]], ascii_only: bool, batch: int
) -> None:
    path = folder / "table.jsonl"
    path.write_bytes(as_jsonl(rows, ascii_only=ascii_only))
    assert read(path, schema=SCHEMA, batch_rows=batch) == table_of(rows)


@given(ROWS, st.sampled_from([1, 3, 100]), st.sampled_from(sorted(PACKERS)))
def test_a_table_written_as_parquet_reads_back_equal(
    folder: Path, rows: list[dict[str, Any]], batch: int, pack: str
) -> None:
    path = folder / f"table.parquet{pack}"
    path.write_bytes(PACKERS[pack](as_parquet(rows)))
    assert read(path, schema=SCHEMA, batch_rows=batch) == table_of(rows)


HEADS = {**ONE_ROW, "csv": b"port,rate,host,open,seen\n", "parquet": b"PAR1"}
PIECES = st.sampled_from(
    [b",", b'"', b"\n", b"\r", b"\0", b"1", b"a", b"\xff", "é".encode(), b"1,2,x,true,\n", b'{"port":', b"}"]
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(FORMATS),
    st.booleans(),
    st.sampled_from(sorted(PACKERS)),
    st.binary(max_size=60) | st.lists(PIECES, max_size=40).map(b"".join),
    st.booleans(),
)
def test_any_bytes_give_rows_and_a_quarantine_or_an_error_of_ours(
    folder: Path, format: str, headed: bool, pack: str, content: bytes, typed: bool
) -> None:
    path = folder / f"any.{format}{pack}"
    path.write_bytes(PACKERS[pack]((HEADS[format] if headed else b"") + content))
    quarantine = Quarantine(None)
    parts = []
    with contextlib.suppress(SourceError, SchemaError):
        for part in open_source(path, schema=SCHEMA if typed else None).numbered(quarantine):
            parts.append(part)
    numbers = [row for part in parts for row in part.rows.to_pylist()]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == sum(part.batch.num_rows for part in parts)
    assert max(numbers, default=0) <= len(numbers) + quarantine.count
    for part in parts:
        part.batch.validate(full=True)


@pytest.mark.parametrize("pack", ["", ".gz", ".zst"])
@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_file_is_a_source_error(tmp_path: Path, format: str, pack: str) -> None:
    path = tmp_path / f"empty.{format}{pack}"
    path.write_bytes(b"")
    with pytest.raises(SourceError) as caught:
        list(open_source(path, schema=SCHEMA).read())
    assert caught.value.where.startswith(str(path))


@pytest.mark.parametrize("format", FORMATS)
def test_a_missing_file_and_a_folder_are_source_errors(tmp_path: Path, format: str) -> None:
    with pytest.raises(SourceError, match="cannot open"):
        open_source(tmp_path / f"none.{format}")
    (tmp_path / f"folder.{format}").mkdir()
    with pytest.raises(SourceError, match="not a file"):
        open_source(tmp_path / f"folder.{format}")
    with pytest.raises(SourceError, match="NUL"):
        open_source(tmp_path / f"a\0.{format}")


@pytest.mark.parametrize("pack", [".gz", ".zst"])
def test_compressed_data_that_end_early_say_how_far_they_got(tmp_path: Path, pack: str) -> None:
    content = b"port\n" + b"".join(b"%d\n" % (number * 7919 % 100_003) for number in range(200_000))
    path = tmp_path / f"cut.csv{pack}"
    path.write_bytes(PACKERS[pack](content)[:-100])
    with pytest.raises(SourceError, match=r"past byte [\d,]+ of its content: the data end early"):
        list(open_source(path).read())


@pytest.mark.parametrize("pack", [".gz", ".zst"])
def test_data_that_are_not_compressed_as_their_name_says_are_a_source_error(
    tmp_path: Path, pack: str
) -> None:
    path = tmp_path / f"plain.csv{pack}"
    path.write_bytes(b"port\n1\n")
    with pytest.raises(SourceError, match="as its name says"):
        open_source(path)


def test_compressed_data_of_several_members_are_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "two.csv.gz"
    path.write_bytes(gzip.compress(b"port\n1\n") + gzip.compress(b"2\n"))
    assert read(path)["port"].to_pylist() == [1, 2]


def test_the_format_is_by_the_name_or_given(tmp_path: Path) -> None:
    path = tmp_path / "flows.log"
    path.write_text("port\n1\n")
    with pytest.raises(SourceError, match=r"'\.log' tells no format"):
        open_source(path)
    with pytest.raises(SourceError, match="unknown format 'xml'"):
        open_source(path, format="xml")
    assert open_source(path, format="csv").format == "csv"
    with pytest.raises(SourceError, match="no choice of a delimiter"):
        open_source(path, format="jsonl", delimiter=",")
    with pytest.raises(UsageError, match="0 rows"):
        open_source(path, format="csv", batch_rows=0)


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "abc.csv"
    path.write_bytes(b"abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert open_source(path).digest == digest
    assert open_source(path).name == "abc.csv"


@pytest.mark.parametrize("format", FORMATS)
def test_a_label_is_read_unless_it_is_not_wanted(tmp_path: Path, format: str) -> None:
    schema = Schema.from_dict(
        {
            "name": "s",
            "columns": [
                {"name": "port", "type": "integer"},
                {"name": "bad", "type": "integer", "role": "label"},
            ],
            "label": {"column": "bad", "positive": 1, "negative": 0},
        }
    )
    path = tmp_path / f"flows.{format}"
    path.write_bytes(ONE_ROW[format])
    with pytest.raises(SchemaError, match="missing columns: 'bad'"):
        read(path, schema=schema)
    assert read(path, schema=schema, with_label=False).to_pylist() == [{"port": 1}]


def test_the_rows_of_a_real_csv_writer_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter="\t").writerows([["port", "host"], [1, 'say "a"\n\tb'], [2, ""]])
    assert read(path).to_pylist() == [{"port": 1, "host": 'say "a"\n\tb'}, {"port": 2, "host": None}]
