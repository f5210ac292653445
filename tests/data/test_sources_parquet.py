from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources import open_source
from garrison.errors import SchemaError, SourceError

SCHEMA = Schema.from_dict(
    {"name": "s", "columns": [{"name": "port", "type": "integer"}, {"name": "host", "type": "string"}]}
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "flows.parquet"


def write(path: Path, **columns: pa.Array) -> None:
    pa.parquet.write_table(pa.table(columns), path)


def test_rows_are_numbered_and_bad_ones_refused(path: Path) -> None:
    write(
        path, host=pa.array(["a", None, "c\0", "d"]).dictionary_encode(), port=pa.array([1.0, 2.0, 3.0, 4.5])
    )
    quarantine = Quarantine(None)
    parts = list(open_source(path, schema=SCHEMA, batch_rows=2).numbered(quarantine))
    assert [row for part in parts for row in part.batch.to_pylist()] == [{"port": 1, "host": "a"}]
    assert [row for part in parts for row in part.rows.to_pylist()] == [1]
    assert dict(quarantine.reasons) == {"host: missing": 1, "host: NUL byte": 1, "port: not an integer": 1}


def test_text_that_is_not_utf8_is_refused(path: Path) -> None:
    write(path, port=pa.array([1, 2]), host=pa.array([b"a", b"\xff"]).view(pa.string()))
    quarantine = Quarantine(None)
    rows = [row for batch in open_source(path, schema=SCHEMA).read(quarantine) for row in batch.to_pylist()]
    assert rows == [{"port": 1, "host": "a"}]
    assert dict(quarantine.reasons) == {"host: not valid UTF-8": 1}


def test_a_file_without_rows_gives_an_empty_batch(path: Path) -> None:
    write(path, port=pa.array([], pa.int64()), host=pa.array([], pa.string()))
    batches = list(open_source(path, schema=SCHEMA).read())
    assert [batch.num_rows for batch in batches] == [0]
    assert batches[0].schema == SCHEMA.arrow_schema()


def test_a_nested_column_is_a_schema_error(path: Path) -> None:
    write(path, port=pa.array([1]), host=pa.array([["a"]]))
    with pytest.raises(SchemaError, match="'host' holds list"):
        list(open_source(path, schema=SCHEMA).read())


def test_wrong_columns_are_a_schema_error(path: Path) -> None:
    write(path, port=pa.array([1]), name=pa.array(["a"]))
    with pytest.raises(SchemaError, match="missing columns: 'host'; unexpected columns: 'name'"):
        list(open_source(path, schema=SCHEMA).read())
    pa.parquet.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"]), path)
    with pytest.raises(SchemaError, match="there twice: 'a'"):
        list(open_source(path).read())


def test_a_damaged_file_is_a_source_error(path: Path) -> None:
    write(path, port=pa.array(range(1000)), host=pa.array(["a"] * 1000))
    whole = path.read_bytes()
    for content in (whole[:-20], whole[100:], b"not parquet at all", whole[:4] + b"\xff" * 400 + whole[404:]):
        path.write_bytes(content)
        with pytest.raises(SourceError, match="cannot be read as Parquet after row 0"):
            list(open_source(path, schema=SCHEMA).read())


def test_a_name_that_is_no_text_is_a_source_error(path: Path) -> None:
    write(path, port=pa.array([1]), host=pa.array(["a"]))
    path.write_bytes(path.read_bytes().replace(b"port", b"\x80ort"))
    with pytest.raises(SourceError, match="cannot be read as Parquet after row 0"):
        list(open_source(path).read())
