from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from garrison.data.windows_spec import Windows
from garrison.errors import SchemaError
from garrison.features import live_windows
from garrison.features.live_windows import LiveWindows
from garrison.features.past_counts import PastEvents, past_counts
from garrison.features.windows import window_columns

SPEC = Windows(
    "src_ip", (1, 3, 10), distinct=("dst_port", "service"), sums=("payload_len",), failures=("failed",)
)
LARGE = 2**62

EVENT = st.tuples(
    st.one_of(st.integers(0, 24).map(lambda half: half * 500_000), st.integers(0, 12_000_000)),
    st.sampled_from(["a", "b", "c", None]),
    st.sampled_from([22, 80, -5, LARGE, -LARGE, None]),
    st.sampled_from(["http", "dns", "", None]),
    st.one_of(st.none(), st.integers(-3, 1500), st.sampled_from([LARGE, -LARGE, 2**63 - 1, -(2**63)])),
    st.sampled_from([True, False, None]),
)
EVENTS = st.lists(EVENT, max_size=25)
Event = tuple[Any, ...]


def table(events: list[Event]) -> pa.Table:
    cells = list(zip(*events, strict=True)) or [()] * 6
    kinds = (pa.timestamp("us", tz="UTC"), pa.string(), pa.int64(), pa.string(), pa.int64(), pa.bool_())
    names = ("timestamp", "src_ip", "dst_port", "service", "payload_len", "failed")
    return pa.table(
        {name: pa.array(list(cell), kind) for name, cell, kind in zip(names, cells, kinds, strict=True)}
    )


def counted(events: list[Event], past: list[Event] | None = None) -> list[dict[str, int]]:
    history = None if past is None else table(past)
    rows: list[dict[str, int]] = window_columns(
        table(events), SPEC, time="timestamp", history=history
    ).to_pylist()
    return rows


def one_by_one(events: list[Event]) -> list[dict[str, int]]:
    """The definition, read aloud."""
    answers = []
    for moment, source, *_ in events:
        numbers = []
        for seconds in SPEC.seconds:
            past = [
                other
                for other in events
                if source is not None
                and other[1] == source
                and moment - seconds * 1_000_000 <= other[0] < moment
            ]
            numbers.append(len(past))
            numbers += [len({other[at] for other in past} - {None}) for at in (2, 3)]
            numbers.append(min(max(sum(other[4] or 0 for other in past), -(2**63)), 2**63 - 1))
            numbers.append(sum(other[5] is True for other in past))
        answers.append(dict(zip(SPEC.names, numbers, strict=True)))
    return answers


@given(EVENTS)
@settings(max_examples=300)
def test_the_numbers_are_those_of_the_definition(events: list[Event]) -> None:
    assert counted(events) == one_by_one(events)


@given(EVENTS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(events: list[Event], random: Any) -> None:
    order = list(range(len(events)))
    random.shuffle(order)
    straight, shuffled = counted(events), counted([events[place] for place in order])
    assert shuffled == [straight[place] for place in order]


@given(EVENTS, EVENTS, st.integers(0, 12_000_000))
def test_what_happens_later_changes_nothing(events: list[Event], others: list[Event], now: int) -> None:
    past = [event for event in events if event[0] <= now]
    later = [event for event in others if event[0] >= now]
    assert counted([*past, *later])[: len(past)] == counted(past)


@given(EVENTS, EVENTS)
def test_history_counts_as_if_it_stood_in_the_table(past: list[Event], events: list[Event]) -> None:
    assert counted(events, past) == counted([*past, *events])[len(past) :]


@given(EVENTS, st.lists(st.integers(0, 25), max_size=6))
@settings(max_examples=200)
def test_a_stream_in_any_pieces_is_the_whole(events: list[Event], cuts: list[int]) -> None:
    ordered = sorted(events, key=lambda event: event[0])
    whole = table(ordered)
    for places in (sorted({0, *cuts, len(ordered)}), list(range(len(ordered) + 1))):
        live = LiveWindows(SPEC, time="timestamp")
        found = [
            row
            for start, end in pairwise(places)
            for row in live.columns(whole.slice(start, max(end - start, 0))).to_pylist()
        ]
        assert found == counted(ordered)
        assert live.late == 0


def test_texts_that_are_forgotten_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_windows, "_SPARE_TEXTS", 1)
    events = [
        (place * 300_000, f"s{place % 3 if place % 7 else place}", place % 5, f"v{place % 4}", 1, True)
        for place in range(300)
    ]
    whole = table(events)
    live = LiveWindows(SPEC, time="timestamp")
    found = [
        row
        for start in range(0, 300, 4)
        for row in live.columns(whole.slice(start, 4).to_batches()[0]).to_pylist()
    ]
    assert found == counted(events)
    assert sum(map(len, live._codes.values())) < 60


def test_memory_is_bounded_by_the_longest_window() -> None:
    live = LiveWindows(Windows("src_ip", (10,)), time="timestamp")
    for start in range(0, 100_000, 500):
        moments = pa.array(np.arange(start, start + 500) * 100_000, pa.timestamp("us", tz="UTC"))
        live.columns(pa.table({"timestamp": moments, "src_ip": pa.array(["a"] * 500)}))
    assert len(live) == 101
    assert live._held._all.shape[1] < 5_000


def test_a_late_event_is_counted_against_what_is_remembered() -> None:
    live = LiveWindows(Windows("src_ip", (10,)), time="timestamp")

    def event(second: int) -> int:
        moments = pa.array([second * 1_000_000], pa.timestamp("us", tz="UTC"))
        found = live.columns(pa.table({"timestamp": moments, "src_ip": ["a"]}))
        return int(found.column(0)[0].as_py())

    assert [event(second) for second in (1, 5, 20, 12, 21, 3, 22)] == [0, 1, 0, 0, 2, 0, 3]
    assert live.late == 2


def test_times_at_the_ends_of_what_can_be_held() -> None:
    ends = pa.array([-(2**63), 2**63 - 1, -(2**63) + 1, 2**63 - 2], pa.int64())
    events = pa.table({"timestamp": ends.cast(pa.timestamp("us", tz="UTC")), "src_ip": ["a"] * 4})
    found = window_columns(events, Windows("src_ip", (10,)), time="timestamp")
    assert found.column(0).to_pylist() == [0, 1, 1, 0]


def test_windows_too_long_for_the_events_are_refused() -> None:
    n = 10
    events = PastEvents(np.arange(n), np.zeros(n, dtype=np.int64))
    with pytest.raises(SchemaError, match="too long"):
        past_counts(events, (10**12,))


def test_a_row_without_a_time_or_source_has_no_past() -> None:
    moments = pa.array([None, 1, 2, 3], pa.timestamp("us", tz="UTC"))
    events = pa.table({"timestamp": moments, "src_ip": ["a", "a", None, "a"]})
    found = window_columns(events, Windows("src_ip", (10,)), time="timestamp")
    assert found.column(0).to_pylist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("broken", "match"),
    [
        (table([]).drop_columns(["failed"]), "'failed' is missing"),
        (table([]).append_column("src_ip", pa.array([], pa.string())), "there twice"),
        (table([]).set_column(4, "payload_len", pa.array([], pa.float64())), "is of type double"),
        (table([]).set_column(0, "timestamp", pa.array([], pa.int64())), "is of type int64"),
    ],
)
def test_a_table_without_the_columns_is_refused(broken: pa.Table, match: str) -> None:
    with pytest.raises(SchemaError, match=match):
        window_columns(broken, SPEC, time="timestamp")
    with pytest.raises(SchemaError, match=match):
        LiveWindows(SPEC, time="timestamp").columns(broken)


def test_chunks_and_no_rows() -> None:
    events = table([(1, "a", 1, "x", 5, True), (2, "a", 2, "y", 6, False)])
    chunked = pa.concat_tables([events.slice(0, 1), events.slice(1, 1)])
    assert window_columns(chunked, SPEC, time="timestamp") == window_columns(events, SPEC, time="timestamp")
    nothing = window_columns(table([]), SPEC, time="timestamp")
    assert nothing.num_rows == 0
    assert nothing.column_names == list(SPEC.names)
    assert {str(field.type) for field in nothing.schema} == {"int64"}
