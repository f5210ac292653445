"""Events in the order of arrival: the same numbers one by one, at once, and across a break."""

import dataclasses
import json
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_events import EVENTS_SCHEMA, events, some_events

from garrison.errors import DataError, IntegrityError
from garrison.features import EventProcessor
from garrison.features.frames import as_tables
from garrison.features.live_memory import LiveMemory
from garrison.features.live_windows import LiveWindows

Rows = list[dict[str, Any]]


def table(rows: Rows) -> pa.Table:
    wanted = EVENTS_SCHEMA.arrow_schema(with_label=False)
    raw = pa.concat_tables(list(as_tables(rows))) if rows else wanted.empty_table()
    return EVENTS_SCHEMA.validate(raw, with_label=False).table


FITTED = EventProcessor(scale=True).fit(
    EVENTS_SCHEMA.validate(next(as_tables(some_events(200)))).table, EVENTS_SCHEMA
)


def windows(spare_s: int = 0) -> LiveWindows:
    spec = EVENTS_SCHEMA.windows
    assert spec is not None
    return LiveWindows(spec, time="timestamp", spare_s=spare_s)


def kept_and_read(memory: LiveMemory) -> LiveMemory:
    facts, arrays = memory.to_parts()
    return LiveMemory.from_parts(
        json.loads(json.dumps(facts)), {name: each.copy() for name, each in arrays.items()}
    )


SPARES = st.sampled_from([0, 30, 10_000])


@given(st.lists(events, max_size=15), st.lists(st.integers(0, 15), max_size=3), SPARES)
@settings(deadline=None, max_examples=50)
def test_wherever_batches_are_cut_the_numbers_are_those_of_one_by_one(
    rows: Rows, cuts: list[int], spare_s: int
) -> None:
    whole, size = table(rows), len(rows)
    found = []
    for places in ([0, size], sorted({0, *(cut for cut in cuts if cut < size), size}), range(size + 1)):
        live = windows(spare_s)
        parts = [live.arrived(whole.slice(a, b - a)) for a, b in pairwise(places)]
        counted = [part for part, _ in parts if part.num_rows]
        late = [bool(each) for _, part in parts for each in part]
        found.append(((pa.concat_tables(counted).to_pydict() if counted else {}), late, len(live)))
    assert found[0] == found[1] == found[2]
    one_by_one = windows(spare_s)
    alone = [one_by_one.columns(whole.slice(place, 1)) for place in range(size)]
    assert not rows or pa.concat_tables(alone).to_pydict() == found[0][0]


def oracle(rows: Rows) -> list[int]:
    """Events of the same source in the ten seconds before each, of those that came before it."""
    return [
        sum(
            0 < (row["timestamp"] - other["timestamp"]).total_seconds() <= 10
            for other in rows[:place]
            if row["src_ip"] is not None and other["src_ip"] == row["src_ip"]
        )
        for place, row in enumerate(rows)
    ]


@given(st.lists(events, max_size=15), SPARES)
@settings(deadline=None, max_examples=30)
def test_an_event_is_counted_against_what_came_before_it(rows: Rows, spare_s: int) -> None:
    # Within the longest window nothing is forgotten, so that the oracle needs no memory.
    first = min((row["timestamp"] for row in rows), default=None)
    near = [row for row in rows if first and (row["timestamp"] - first).total_seconds() < 500]
    counted, late = windows(spare_s).arrived(table(near))
    seen = oracle(near)
    if spare_s > 500:
        assert counted.column("past_10s_events").to_pylist() == seen
    known = [row["timestamp"] if row["src_ip"] else None for row in near]
    behind = [
        max(((other - time).total_seconds() for other in known[:place] if other and time), default=0.0)
        for place, time in enumerate(known)
    ]
    assert late.tolist() == [seconds > spare_s for seconds in behind]
    exact = [place for place, seconds in enumerate(behind) if seconds <= spare_s]
    assert counted.column("past_10s_events").take(pa.array(exact, pa.int64())).to_pylist() == [
        seen[place] for place in exact
    ]


@given(st.lists(events, min_size=1, max_size=20), st.integers(0, 20))
@settings(deadline=None, max_examples=30)
def test_a_broken_stream_goes_on_as_if_it_were_not(rows: Rows, cut: int) -> None:
    whole, cut = table(rows), min(cut, len(rows))
    unbroken = FITTED.live()
    X, late = unbroken.arrived(whole)
    before = FITTED.live()
    first = before.arrived(whole.slice(0, cut))
    memory = before.memory()
    assert memory is not None
    after = FITTED.live()
    after.remember(kept_and_read(memory))
    then = after.arrived(whole.slice(cut))
    assert np.concatenate([first[0], then[0]]).tobytes() == X.tobytes()
    assert np.concatenate([first[1], then[1]]).tolist() == late.tolist()
    assert after.remembered == unbroken.remembered


def test_texts_that_were_forgotten_do_not_break_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("garrison.features.live_windows._SPARE_TEXTS", 3)
    rows = some_events(300, seed=2)
    for place, row in enumerate(rows):
        row["src_ip"] = f"ip_{place // 2:032x}"
    live, unbroken = windows(), windows()
    live._most_texts = unbroken._most_texts = 3
    whole = table(rows)
    parts = []
    for start in range(0, 300, 30):
        parts.append(live.columns(whole.slice(start, 30)))
        again = windows()
        again.remember(kept_and_read(live.memory()))
        live = again
    assert pa.concat_tables(parts).to_pydict() == unbroken.columns(whole).to_pydict()
    assert len(live.memory().texts["src_ip"]) < 150, "texts are forgotten"


def test_memory_without_a_single_source_is_kept() -> None:
    live = windows()
    live.columns(table([{**row, "src_ip": None} for row in some_events(3)]))
    again = windows()
    again.remember(kept_and_read(live.memory()))
    assert len(again) == 0


def test_memory_of_other_windows_is_refused() -> None:
    live = windows()
    live.columns(table(some_events(5)))
    other = dataclasses.replace(live.memory(), time="another")
    with pytest.raises(DataError, match="other windows"):
        windows().remember(other)


def test_damaged_memory_is_refused() -> None:
    live = windows()
    live.columns(table(some_events(5)))
    facts, arrays = live.memory().to_parts()
    held = arrays["held"]
    for wrong in (
        {**arrays, "held": held.astype(np.float64)},
        {**arrays, "held": held[:-1]},
        {**arrays, "held": held + 100},
        {**arrays, "held": held[:, ::-1]},
        {**arrays, "lengths0": arrays["lengths0"] + 1},
        {name: each for name, each in arrays.items() if name != "held"},
        {**arrays, "texts0": np.full_like(arrays["texts0"], 0xFF)},
    ):
        with pytest.raises(IntegrityError):
            LiveMemory.from_parts(facts, wrong)
    with pytest.raises(IntegrityError):
        LiveMemory.from_parts({**facts, "windows": None}, arrays)
