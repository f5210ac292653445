import datetime
from collections.abc import Iterator
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pytest

from garrison.data.schema import Schema
from garrison.errors import DataError, SchemaError
from garrison.features.frames import as_tables

ROWS = [{"port": place, "host": None if place == 3 else f"h{place}"} for place in range(5)]
TABLE = pa.Table.from_pylist(ROWS)
PANDAS = pd.DataFrame(ROWS, index=pd.Index([f"row {place}" for place in range(5)], name="name"))


class Capsule:
    """Something unknown that speaks the Arrow C stream protocol."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return TABLE.__arrow_c_stream__(requested_schema)


class Lazy:
    """A lazy frame that can only be collected whole."""

    def collect(self) -> pl.DataFrame:
        return pl.DataFrame(ROWS)


def reader() -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(TABLE.schema, TABLE.to_batches(max_chunksize=2))


MAKES: dict[str, Any] = {
    "arrow table": TABLE,
    "arrow batch": TABLE.to_batches()[0],
    "arrow reader": reader,
    "arrow dataset": pyarrow.dataset.dataset(TABLE),
    "dicts": ROWS,
    "tuple of dicts": tuple(ROWS),
    "pandas": PANDAS,
    "pandas of arrow": PANDAS.convert_dtypes(dtype_backend="pyarrow"),
    "polars": pl.DataFrame(ROWS),
    "polars lazy": pl.DataFrame(ROWS).lazy(),
    "polars categories": pl.DataFrame(ROWS).with_columns(pl.col("host").cast(pl.Categorical)),
    "a stream": Capsule(),
    "lazy without batches": Lazy(),
}
SCHEMA = Schema.from_dict(
    {
        "name": "hosts",
        "columns": [
            {"name": "port", "type": "integer"},
            {"name": "host", "type": "string", "nullable": True, "impute": "constant"},
        ],
    }
)


@pytest.mark.parametrize("make", sorted(MAKES))
@pytest.mark.parametrize("batch_rows", [1, 2, 65_536])
def test_every_make_gives_the_same_rows(make: str, batch_rows: int) -> None:
    raw = MAKES[make]() if make == "arrow reader" else MAKES[make]
    tables = list(as_tables(raw, batch_rows=batch_rows))
    assert max(table.num_rows for table in tables) <= batch_rows
    validated = [SCHEMA.validate(table) for table in tables]
    assert pa.concat_tables([each.table for each in validated]).to_pylist() == ROWS


@pytest.mark.parametrize(
    "make", sorted(MAKES.keys() - {"arrow reader", "dicts", "tuple of dicts", "polars lazy"})
)
def test_no_rows_keep_their_columns(make: str) -> None:
    raw = MAKES[make]
    if isinstance(raw, Capsule | Lazy):
        return
    nothing = raw.slice(0, 0) if hasattr(raw, "slice") else raw.head(0)
    tables = list(as_tables(nothing))
    assert [(table.num_rows, table.column_names) for table in tables] == [(0, ["port", "host"])]


def test_one_dict_is_one_event_and_no_dicts_are_none() -> None:
    assert [table.to_pylist() for table in as_tables({"port": 1})] == [[{"port": 1}]]
    assert list(as_tables([])) == []


def test_a_lazy_scan_of_files_is_read_batch_by_batch(tmp_path: Any) -> None:
    pl.DataFrame({"port": range(1_000)}).write_parquet(tmp_path / "a.parquet")
    pl.DataFrame({"port": range(1_000, 1_500)}).write_parquet(tmp_path / "b.parquet")
    lazy = pl.scan_parquet(tmp_path / "*.parquet").filter(pl.col("port") % 2 == 0)
    tables = list(as_tables(lazy, batch_rows=100))
    assert max(table.num_rows for table in tables) <= 100
    assert pa.concat_tables(tables).column("port").to_pylist() == list(range(0, 1_500, 2))


def test_values_of_several_kinds_are_text_for_the_schema_to_judge() -> None:
    mixed = [1, "x", None, 2.5, "7"]
    for raw in ([{"port": value} for value in mixed], pd.DataFrame({"port": pd.Series(mixed, dtype=object)})):
        (table,) = as_tables(raw)
        assert table.column("port").to_pylist() == ["1", "x", None, "2.5", "7"]
    huge = [{"port": 2**70}, {"port": 1}]
    assert next(as_tables(huge)).column("port").to_pylist() == [str(2**70), "1"]


def test_dicts_need_not_have_the_same_keys() -> None:
    (table,) = as_tables([{"a": 1}, {"b": datetime.datetime(2024, 5, 5, tzinfo=datetime.UTC)}])
    assert table.column_names == ["a", "b"]
    assert table.column("a").to_pylist() == [1, None]


def test_a_column_there_twice_is_for_the_schema_to_refuse() -> None:
    frame = pd.DataFrame([[1, "a", 2]], columns=["port", "host", "port"])
    (table,) = as_tables(frame)
    with pytest.raises(SchemaError, match="twice"):
        SCHEMA.validate(table)


def broken() -> Iterator[pa.RecordBatch]:
    yield TABLE.to_batches()[0]
    raise pa.ArrowInvalid("the disk is gone")


@pytest.mark.parametrize(
    ("raw", "match"),
    [
        (7, "a int cannot be read as events"),
        (None, "a NoneType cannot be read as events"),
        (object(), "a object cannot be read"),
        ([{"port": 1}, 5], "a list of events has a int in it"),
        (pl.Series([1, 2]), "cannot be read"),
        (pl.DataFrame(ROWS).lazy().select("missing"), "cannot be read"),
        (pl.scan_parquet("/nowhere/at/all.parquet"), "cannot be read"),
        (pa.RecordBatchReader.from_batches(TABLE.schema, broken()), "the disk is gone"),
    ],
)
def test_what_is_no_table_is_an_error_of_ours(raw: Any, match: str) -> None:
    with pytest.raises(DataError, match=match):
        list(as_tables(raw))
