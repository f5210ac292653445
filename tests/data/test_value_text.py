"""What a value is read as does not hang on what stands beside it, wherever events are given value by value."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from garrison.data.casting import cast_column
from garrison.data.schema import ColumnType, Schema
from garrison.data.sources.jsonlines import JsonLinesSource
from garrison.data.value_text import value_text
from garrison.features.frames import as_tables
from garrison.serving.stream.formats.jsonl import JsonLines

KINDS: list[ColumnType] = ["integer", "number", "string", "boolean", "timestamp"]
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.integers(-3, 3)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(10**18), 10**18).map(float)
    | st.sampled_from(["x", "1", "2026-01-02T03:04:05Z", "true", ""])
)


def of_dicts(values: list[Any], _: Path) -> pa.Array:
    (table,) = as_tables([{"a": value} for value in values], batch_rows=100)
    return table.column("a").combine_chunks()


def of_a_stream(values: list[Any], _: Path) -> pa.Array:
    schema = Schema.from_dict({"name": "s", "columns": [{"name": "a", "type": "string"}]})
    lines = [json.dumps({"a": value}).encode() for value in values]
    return JsonLines(schema, where="a stream").decode(lines).batch.column("a")


def of_a_file(values: list[Any], folder: Path) -> pa.Array:
    path = folder / "events.jsonl"
    path.write_text("".join(json.dumps({"a": value}) + "\n" for value in values), encoding="utf-8")
    (batch,) = [numbered.batch for numbered in JsonLinesSource(path)._raw(lambda *_: None)]
    return batch.column("a")


@pytest.mark.parametrize("read", [of_dicts, of_a_stream, of_a_file])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(kind=st.sampled_from(KINDS), values=st.lists(VALUES, min_size=1, max_size=6))
@example(kind="string", values=[True, "x"])
@example(kind="string", values=[123456789012.5, "x"])
@example(kind="integer", values=[1e15, "x"])
@example(kind="integer", values=[-0.0, 2**64])
@example(kind="string", values=[2**53 + 1, 0.5])
@example(kind="boolean", values=[1.0, True])
def test_a_value_is_read_alike_alone_and_among_others(
    read: Callable[[list[Any], Path], pa.Array], tmp_path: Path, kind: ColumnType, values: list[Any]
) -> None:
    together = cast_column(read(values, tmp_path), kind)
    wrong = np.any([rows for _, rows in together.faults] or [np.zeros(len(values), bool)], axis=0)
    for place, value in enumerate(values):
        alone = cast_column(read([value], tmp_path), kind)
        assert together.values[place].as_py() == alone.values[0].as_py()
        assert bool(wrong[place]) == bool(alone.faults)


@given(st.floats(allow_nan=False))
def test_no_digit_is_lost(value: float) -> None:
    text = value_text(value)
    assert text is not None
    assert float(text) == value
    assert ("e" in text) <= (not value.is_integer() or abs(value) >= 2.0**63) or math.isinf(value)


def test_scalars_of_numpy_are_what_they_hold() -> None:
    found = [
        value_text(each) for each in (np.bool_(False), np.int8(-3), np.float64(5.0), np.str_("ü"), "\ud800")
    ]
    assert found == ["false", "-3", "5", "ü", "?"]
