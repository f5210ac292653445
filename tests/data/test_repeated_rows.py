"""Exact repeats, held against a set of rows."""

import itertools

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from garrison.data.repeated_rows import RepeatedRows

ROWS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["x", "y", None])), max_size=30)


@given(rows=ROWS, cuts=st.lists(st.integers(0, 30), max_size=4))
def test_repeats_are_those_that_a_set_has_seen(rows: list[tuple[int, str | None]], cuts: list[int]) -> None:
    rows.sort(key=lambda row: row[0])
    schema = pa.schema([("at", pa.int64()), ("name", pa.string())])
    table = pa.table([[row[0] for row in rows], [row[1] for row in rows]], schema=schema)
    seen: set[tuple[int, str | None]] = set()
    expected = []
    for row in rows:
        expected.append(row in seen)
        seen.add(row)
    repeated = RepeatedRows("at")
    found: list[bool] = []
    bounds = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    for begin, end in itertools.pairwise(bounds):
        found += repeated.among(table.slice(begin, end - begin)).tolist()
    assert found == expected
