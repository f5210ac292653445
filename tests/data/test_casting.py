import datetime as dt
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison.data.casting import cast_column
from garrison.data.schema import ColumnType

UTC = dt.UTC


@pytest.mark.parametrize(
    ("kind", "values", "typed", "reasons"),
    [
        ("integer", pa.array(["1", "-2", " 3 ", "", "NA", None]), [1, -2, 3, None, None, None], []),
        ("integer", pa.array(["1.5", "9" * 19, "9" * 20, "+1", "1_0"]), [None] * 5, ["not an integer"]),
        ("integer", pa.array([1.0, 2.5, None, float("nan")]), [1, None, None, None], ["not an integer"]),
        ("integer", pa.array([float("inf"), 1e300]), [None, None], ["infinite", "not an integer"]),
        ("integer", pa.array([2**64 - 1, 5], pa.uint64()), [None, 5], ["not an integer"]),
        ("integer", pa.array([Decimal("2.00")]), [2], []),
        ("integer", pa.array([True]), [None], ["not an integer"]),
        ("integer", pa.array(["a\0", "1\0"]), [None, None], ["NUL byte"]),
        ("integer", pa.array(["5", "x"]).dictionary_encode(), [5, None], ["not an integer"]),
        ("number", pa.array(["1.5", "1e3", " -2", "nan"]), [1.5, 1000.0, -2.0, None], []),
        ("number", pa.array(["inf", "-Infinity", "1e999", "x"]), [None] * 4, ["not a number", "infinite"]),
        ("number", pa.array([1, 2**60]), [1.0, float(2**60)], []),
        ("number", pa.array([[1]]), [None], ["not a number"]),
        ("boolean", pa.array(["true", "FALSE", "1", "0", "null"]), [True, False, True, False, None], []),
        ("boolean", pa.array([0.0, 1.0, float("nan"), 0.5]), [False, True, None, None], ["not true or false"]),
        ("boolean", pa.array([0, 1, 2]), [False, True, None], ["not true or false"]),
        ("boolean", pa.array(["yes"]), [None], ["not true or false"]),
        ("string", pa.array([b"caf\xc3\xa9", b"\xff", b"a\0"]), ["café", None, "a\0"], ["not valid UTF-8", "NUL byte"]),
        ("string", pa.array([7, None]), ["7", None], []),
        ("string", pa.array([dt.date(2020, 1, 1)]), [None], ["not a text"]),
        ("string", pa.array(["NA", ""]), ["NA", ""], []),
        ("timestamp", pa.array(["2020-01-02"]), [dt.datetime(2020, 1, 2, tzinfo=UTC)], []),
        ("timestamp", pa.array(["2020-01-02T03:04:05+01:00"]), [dt.datetime(2020, 1, 2, 2, 4, 5, tzinfo=UTC)], []),
        ("timestamp", pa.array(["2020-01-02 03:04:05.1234567Z"]), [dt.datetime(2020, 1, 2, 3, 4, 5, 123456, UTC)], []),
        ("timestamp", pa.array(["2020-13-01", "soon", "1577836800"]), [None] * 3, ["not a timestamp"]),
        ("timestamp", pa.array([dt.date(2020, 1, 2)]), [dt.datetime(2020, 1, 2, tzinfo=UTC)], []),
        ("timestamp", pa.array([2**62], pa.timestamp("s")), [None], ["not a timestamp"]),
        ("timestamp", pa.array([1001], pa.timestamp("ns")), [dt.datetime(1970, 1, 1, 0, 0, 0, 1, UTC)], []),
        ("number", pa.nulls(2), [None, None], []),
    ],
)  # fmt: skip
def test_values_become_their_type_or_are_told_apart(
    kind: ColumnType, values: pa.Array, typed: list[Any], reasons: list[str]
) -> None:
    cast = cast_column(values, kind)
    assert cast.values.to_pylist() == typed
    assert [reason for reason, _ in cast.faults] == reasons


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.none()))
def test_every_integer_is_read_from_its_text(numbers: list[int | None]) -> None:
    texts = pa.array([None if number is None else str(number) for number in numbers], pa.string())
    cast = cast_column(texts, "integer")
    assert cast.values.to_pylist() == numbers
    assert not cast.faults


KINDS: list[ColumnType] = ["integer", "number", "string", "boolean", "timestamp"]


@given(
    st.sampled_from(KINDS), st.lists(st.binary(max_size=8) | st.text(max_size=8).map(str.encode), max_size=20)
)
def test_what_one_value_is_read_as_does_not_hang_on_the_others(kind: ColumnType, values: list[bytes]) -> None:
    together = cast_column(pa.array(values, pa.binary()), kind)
    alone = [cast_column(pa.array([value], pa.binary()), kind) for value in values]
    assert together.values.to_pylist() == [cast.values[0].as_py() for cast in alone]
    for place, cast in enumerate(alone):
        reasons = [reason for reason, rows in together.faults if rows[place]]
        assert reasons == [reason for reason, _ in cast.faults]
