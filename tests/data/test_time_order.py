"""Rows put in order of time outside of memory, held against Python's stable sort."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from garrison.data.batches import rebatched
from garrison.data.time_order import TimeOrder, late_rows

SCHEMA = pa.schema([("at", pa.timestamp("us", tz="UTC")), ("name", pa.string())])


def batches(parts: list[list[int]]) -> list[pa.RecordBatch]:
    made, number = [], 0
    for part in parts:
        names = [f"row {number + place}" for place in range(len(part))]
        number += len(part)
        columns = [pa.array(part, pa.int64()).cast(SCHEMA.field("at").type), pa.array(names, pa.string())]
        made.append(pa.RecordBatch.from_arrays(columns, schema=SCHEMA))
    return made


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(st.lists(st.integers(0, 9), max_size=20), max_size=4),
    batch_rows=st.sampled_from([1, 3, 2048]),
)
def test_rows_come_in_order_and_ties_as_they_were_added(
    parts: list[list[int]], batch_rows: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    order = TimeOrder(tmp_path_factory.mktemp("order"), SCHEMA, time="at")
    given_rows = []
    for batch in batches(parts):
        order.add(batch)
        given_rows += batch.to_pylist()
    found = [row for batch in order.read(batch_rows) for row in batch.to_pylist()]
    assert found == sorted(given_rows, key=lambda row: row["at"])
    times = [row["at"] for row in given_rows]
    assert order.late == sum(time < max(times[:place]) for place, time in enumerate(times) if place)
    assert order.rows == len(given_rows)


def test_sorted_batches_have_the_schema_that_was_given(tmp_path: Path) -> None:
    order = TimeOrder(tmp_path, SCHEMA, time="at")
    for batch in batches([[5, 1], [3]]):
        order.add(batch)
    assert all(batch.schema == SCHEMA for batch in order.read(2))


def test_late_rows_over_batches() -> None:
    kind = pa.timestamp("us", tz="UTC")
    assert late_rows(pa.array([], kind), 7) == (0, 7)
    assert late_rows(pa.array([5, 6], kind), 7) == (2, 7)
    assert late_rows(pa.array([5, 8, 7, 9], kind), None) == (1, 9)


@given(sizes=st.lists(st.integers(0, 9), max_size=6), rows=st.integers(1, 12))
def test_rebatched_keeps_the_rows(sizes: list[int], rows: int) -> None:
    numbers = iter(range(100))
    parts = [
        pa.RecordBatch.from_pydict({"a": pa.array([next(numbers) for _ in range(n)], pa.int64())})
        for n in sizes
    ]
    found = list(rebatched(parts, rows))
    assert [n for batch in found for n in batch.column(0).to_pylist()] == list(range(sum(sizes)))
    assert all(batch.num_rows == rows for batch in found[:-1])
    assert all(batch.num_rows for batch in found)
