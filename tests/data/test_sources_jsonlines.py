import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison.data.quarantine import Quarantine
from garrison.data.schema import Schema
from garrison.data.sources import open_source
from garrison.errors import SchemaError, SourceError

SCHEMA = Schema.from_dict(
    {
        "name": "flows",
        "columns": [
            {"name": "port", "type": "integer"},
            {"name": "host", "type": "string", "nullable": True},
            {"name": "extra", "type": "string", "role": "ignore"},
        ],
    }
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "flows.jsonl"


def read(path: Path, *lines: bytes, **options: Any) -> tuple[list[dict[str, Any]], dict[int, str]]:
    path.write_bytes(b"\n".join(lines) + b"\n")
    kept = path.with_suffix(".bad")
    with Quarantine(kept) as quarantine:
        rows = [row for batch in open_source(path, **options).read(quarantine) for row in batch.to_pylist()]
    bad = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    return rows, {line["row"]: line["reason"] for line in bad}


def test_bad_lines_are_refused_one_by_one(path: Path) -> None:
    rows, refused = read(
        path,
        b'{"port": 1, "host": "a"}',
        b"{not json",
        b"[1]",
        b'{"port": 4, "host": ["a"]}',
        b'{"port": 5, "host": {"a": 1}}',
        b'{"port": 6, "other": 1}',
        b'{"port": 7, "port": 7}',
        b'{"port": 8, "host": "\xff"}',
        b'{"port": 9, "host": "\\ud800"}',
        b'{"port": "x"}',
        b'{"port": Infinity}',
        b'{"port": 12.5}',
        b'{"host": "no port"}',
        b"[" * 100_000,
        b'{"port": ' + b"9" * 5000 + b"}",
        b'{"port": 16, "host": "a\\u0000"}',
        b"",
        b'{"port": 17.0, "extra": "dropped"}',
        schema=SCHEMA,
    )
    assert rows == [{"port": 1, "host": "a"}, {"port": 17, "host": None}]
    assert refused == {
        2: "not JSON",
        3: "not a JSON object",
        4: "host: a nested value",
        5: "host: a nested value",
        6: "other: unexpected key",
        7: "a key is there twice",
        8: "not valid UTF-8",
        9: "half a surrogate pair",
        10: "port: not an integer",
        11: "port: not an integer",
        12: "port: not an integer",
        13: "port: missing",
        14: "nested too deeply",
        15: "a number of too many digits",
        16: "host: NUL byte",
    }


def test_a_line_of_over_10_mb_is_refused_and_the_next_read(path: Path) -> None:
    rows, refused = read(
        path,
        b'{"port": 1}',
        b'{"port": 2, "host": "' + b"x" * 30_000_000 + b'"}',
        b'{"port": 3}',
        b'{"port": 4, "host": "' + b"x" * 10_000_000 + b'"}',
        schema=SCHEMA,
    )
    assert [row["port"] for row in rows] == [1, 3]
    assert refused == dict.fromkeys((2, 4), "a line of over 10,000,000 bytes")


def test_a_column_that_no_line_has_is_a_schema_error(path: Path) -> None:
    with pytest.raises(SchemaError, match="missing columns: 'port'"):
        read(path, b'{"host": "a"}', b'{"host": "b"}', schema=SCHEMA)


def test_types_are_inferred_and_keys_may_be_missing(path: Path) -> None:
    rows, refused = read(path, b'{"a": 1}', b'{"b": "x", "a": 2.5}', b'{"a": null, "b": null}')
    assert rows == [{"a": 1.0, "b": None}, {"a": 2.5, "b": "x"}, {"a": None, "b": None}]
    assert not refused


def test_a_column_of_several_types_is_text(path: Path) -> None:
    rows, _ = read(path, b'{"a": 1}', b'{"a": "x"}', b'{"a": true}')
    assert [row["a"] for row in rows] == ["1", "x", "true"]


def test_a_file_without_an_object_has_no_columns(path: Path) -> None:
    with pytest.raises(SourceError, match="no line is a JSON object"):
        read(path, b"nothing", b"here")


def test_utf_16_is_found(path: Path) -> None:
    path.write_text('{"host": "café", "port": 1}\n', encoding="utf-16")
    source = open_source(path, schema=SCHEMA)
    assert [row["host"] for batch in source.read() for row in batch.to_pylist()] == ["café"]
    assert source.encoding == "utf-16"


LINES = st.sampled_from(["1", "1.0", "2.5", '"3"', '"x"', "true", "null", "Infinity", "1e20", '"true"', "0"])


@given(st.sampled_from(["integer", "number", "boolean", "string"]), st.lists(LINES, min_size=1, max_size=6))
def test_what_a_value_is_read_as_does_not_hang_on_the_other_lines(
    tmp_path_factory: pytest.TempPathFactory, kind: str, values: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "alone.jsonl"
    facts = {"name": "s", "columns": [{"name": "a", "type": kind, "nullable": True}]}
    schema = Schema.from_dict(facts)

    def rows_of(*given_values: str) -> list[dict[str, Any]]:
        path.write_text("".join(f'{{"a": {value}}}\n' for value in given_values))
        batches = open_source(path, schema=schema).read(Quarantine(None))
        return [row for batch in batches for row in batch.to_pylist()]

    assert rows_of(*values) == [row for value in values for row in rows_of(value)]
