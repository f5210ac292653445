from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison.data.schema import Schema
from garrison.errors import SchemaError

SCHEMA = Schema.from_dict(
    {
        "name": "flows",
        "columns": [
            {"name": "port", "type": "integer", "minimum": 0, "maximum": 65535},
            {"name": "flag", "type": "integer", "allowed": [-1, 1], "nullable": True, "impute": "mode"},
            {"name": "rate", "type": "number", "minimum": 0},
            {"name": "host", "type": "string", "allowed": ["a", "b"]},
            {"name": "note", "type": "string", "role": "ignore"},
            {"name": "bad", "type": "boolean", "role": "label"},
        ],
        "label": {"column": "bad", "positive": True, "negative": False},
    }
)
GOOD: dict[str, Any] = {"port": 80, "flag": 1, "rate": 0.5, "host": "a", "note": "x", "bad": True}


def table_of(*rows: dict[str, Any]) -> pa.Table:
    return pa.table({name: [row[name] for row in rows] for name in GOOD})


def test_good_rows_come_back_typed_in_schema_order_without_the_ignored() -> None:
    table = table_of(GOOD).select(["bad", "note", "host", "rate", "flag", "port"])
    validated = SCHEMA.validate(table)
    assert validated.table.schema == SCHEMA.arrow_schema()
    assert validated.table.to_pylist() == [{"port": 80, "flag": 1, "rate": 0.5, "host": "a", "bad": True}]
    assert validated.refused.num_rows == 0


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("port", "x", "not an integer"),
        ("port", "-1", "below the minimum 0"),
        ("port", "65536", "above the maximum 65535"),
        ("port", None, "missing"),
        ("flag", "0", "not one of -1, 1"),
        ("rate", "inf", "infinite"),
        ("rate", "nan", "missing"),
        ("rate", "-0.1", "below the minimum 0"),
        ("host", "c", "not one of a, b"),
        ("host", "a\0", "NUL byte"),
        ("bad", "maybe", "not true or false"),
    ],
)
def test_a_bad_value_is_refused_with_its_row_and_reason(column: str, value: str | None, reason: str) -> None:
    good = {name: str(given) for name, given in GOOD.items()}
    validated = SCHEMA.validate(table_of(good, good | {column: value}, good))
    assert validated.table.num_rows == 2
    assert validated.refused.to_pylist() == [{"row": 2, "column": column, "reason": reason, "value": value}]


def test_a_null_that_may_be_stays() -> None:
    assert SCHEMA.validate(table_of(GOOD | {"flag": None})).table["flag"].to_pylist() == [None]


def test_a_row_of_several_faults_is_refused_once_by_the_first_and_named_by_its_number() -> None:
    table = table_of(GOOD | {"port": -1, "rate": -1.0}, GOOD)
    validated = SCHEMA.validate(table, rows=pa.array([41, 42]))
    assert validated.refused.to_pylist() == [
        {"row": 41, "column": "port", "reason": "below the minimum 0", "value": "-1"}
    ]


def test_the_label_may_be_left_out_where_it_is_not_wanted() -> None:
    table = table_of(GOOD).drop_columns(["bad", "note"])
    assert SCHEMA.validate(table, with_label=False).table.column_names == ["port", "flag", "rate", "host"]
    with pytest.raises(SchemaError, match="missing columns: 'bad'"):
        SCHEMA.validate(table)


def test_wrong_columns_are_a_schema_error() -> None:
    table = table_of(GOOD)
    with pytest.raises(SchemaError, match="unexpected columns: 'extra'"):
        SCHEMA.validate(table.append_column("extra", pa.array([1])))
    with pytest.raises(SchemaError, match="there twice: 'port'"):
        SCHEMA.validate(table.append_column("port", pa.array([1])))
    with pytest.raises(SchemaError, match="missing columns: 'port'") as caught:
        SCHEMA.validate(table.rename_columns(["Port", *table.column_names[1:]]))
    assert "'Port' meant to be 'port'" in caught.value.remedy


def test_the_columns_that_ingest_adds_are_passed_over() -> None:
    table = table_of(GOOD).append_column("_load", pa.array(["ab"])).append_column("_row", pa.array([1]))
    assert SCHEMA.validate(table).table.schema == SCHEMA.arrow_schema()


def test_no_rows_are_no_fault() -> None:
    assert SCHEMA.validate(table_of(GOOD).slice(0, 0)).table.num_rows == 0


@given(st.data(), st.integers(0, 12))
def test_no_row_is_lost(data: st.DataObject, count: int) -> None:
    def column() -> pa.Array:
        kind = data.draw(st.sampled_from(["int", "float", "bool", "text", "bytes"]))
        if kind == "bytes":
            return pa.array(
                data.draw(st.lists(st.binary(max_size=4), min_size=count, max_size=count)), pa.binary()
            )
        near: dict[str, tuple[st.SearchStrategy[Any], pa.DataType]] = {
            "int": (st.integers(-2, 70_000), pa.int64()),
            "float": (st.floats(), pa.float64()),
            "bool": (st.booleans(), pa.bool_()),
            "text": (st.sampled_from(["a", "b", "1", "-1", "true", "x", "", "inf", "\0"]), pa.string()),
        }
        values, arrow_type = near[kind]
        return pa.array(data.draw(st.lists(st.none() | values, min_size=count, max_size=count)), arrow_type)

    table = pa.table({name: column() for name in GOOD})
    validated = SCHEMA.validate(table)
    assert validated.table.num_rows + validated.refused.num_rows == count
    refused = validated.refused["row"].to_pylist()
    assert refused == sorted(set(refused))
    assert SCHEMA.validate(validated.table, with_label=True).table == validated.table
