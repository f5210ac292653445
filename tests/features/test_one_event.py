"""Single events give the numbers of a table of one row, or are left to it."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from drawn_schemas import drawn, events
from hypothesis import given, settings
from hypothesis import strategies as st
from small_events import EVENTS_SCHEMA, some_events
from small_events import events as event_of_a_source

from garrison.data.one_value import Unsure
from garrison.data.schema import Column, Label, Schema
from garrison.errors import GarrisonError
from garrison.features import EventProcessor, Processor, TabularProcessor, UrlProcessor
from garrison.features.frames import as_tables
from garrison.features.one_event import one_event


def by_table(processor: Processor, schema: Schema, event: dict[str, Any]) -> np.ndarray | None:
    """What the table of one row comes to; None where it is refused."""
    try:
        (table,) = as_tables([event])
        validated = schema.validate(table, with_label=False)
        return processor.transform(validated.table)[0] if validated.table.num_rows else None
    except GarrisonError:
        return None


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_an_event_gives_the_numbers_of_its_table_or_is_left_to_it(data: st.DataObject) -> None:
    made = data.draw(drawn())
    kind = data.draw(st.sampled_from([TabularProcessor, EventProcessor]))
    processor = kind(scale=data.draw(st.booleans()), impute=data.draw(st.sampled_from(["knn", "median"])))
    processor = processor.fit(made.schema.validate(made.table).table, made.schema)
    numbers = one_event(processor, made.schema)
    for _ in range(8):
        event = data.draw(events(made))
        expected = by_table(processor, made.schema, event)
        try:
            found = numbers(event)
        except (Unsure, TypeError):
            continue
        assert expected is not None, event
        assert np.array_equal(found, expected), event


def test_plain_events_are_not_left_to_a_table() -> None:
    rows = some_events(60)
    table = EVENTS_SCHEMA.validate(pa.Table.from_pylist(rows)).table
    processor = EventProcessor(scale=True).fit(table, EVENTS_SCHEMA)
    numbers = one_event(processor, EVENTS_SCHEMA)
    for row in rows:
        assert np.array_equal(
            numbers(row), processor.transform(EVENTS_SCHEMA.validate(pa.Table.from_pylist([row])).table)[0]
        )
        as_json = {**row, "timestamp": row["timestamp"].isoformat(), "dst_port": float(row["dst_port"])}
        assert np.array_equal(numbers(as_json), numbers(row))


@settings(max_examples=60, deadline=None)
@given(st.lists(event_of_a_source, min_size=2, max_size=30))
def test_live_events_have_the_past_that_a_table_gives_them(rows: list[dict[str, Any]]) -> None:
    rows.sort(key=lambda row: row["timestamp"])
    fit = EVENTS_SCHEMA.validate(pa.Table.from_pylist(some_events(60))).table
    processor = EventProcessor(scale=True).fit(fit, EVENTS_SCHEMA)
    names = [column.name for column in EVENTS_SCHEMA.kept(with_label=False)]
    kinds = EVENTS_SCHEMA.arrow_schema(with_label=False)
    table = pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows], schema=kinds)
    expected = processor.transform(table)
    live = processor.live()
    numbers = one_event(processor, EVENTS_SCHEMA, windows=live.windows)
    for place, row in enumerate(rows):
        # Some come the other way, and what is remembered is the same.
        found = live.transform(table.slice(place, 1))[0] if place % 3 == 2 else numbers(row)
        assert np.array_equal(found, expected[place])


def test_an_event_that_brings_its_past_keeps_it() -> None:
    rows = some_events(60)
    processor = EventProcessor().fit(EVENTS_SCHEMA.validate(pa.Table.from_pylist(rows)).table, EVENTS_SCHEMA)
    past = {name: place for place, name in enumerate(EVENTS_SCHEMA.window_names)}
    event = {**rows[0], **past}
    numbers = one_event(processor, EVENTS_SCHEMA, windows=processor.live().windows)
    assert numbers(event)[-len(past) :].tolist() == list(past.values())
    event.pop(EVENTS_SCHEMA.window_names[0])
    with pytest.raises(Unsure):
        numbers(event)


URLS = Schema.from_dict({"name": "links", "columns": [{"name": "url", "type": "string"}]})


@settings(max_examples=40, deadline=None)
@given(st.text() | st.sampled_from([None, 5, "http://paypal.example.tk/login.php?id=1", "a\0b", "\ud800"]))
def test_a_url_gives_the_numbers_of_its_table(url: Any) -> None:
    processor = UrlProcessor(buckets=16).fit(pa.table({"url": ["http://example.com/"]}), URLS)
    expected = by_table(processor, URLS, {"url": url})
    try:
        found = one_event(processor, URLS)({"url": url})
    except Unsure:
        return
    assert expected is not None
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("allowed", [None, (0, 1, 3)])
def test_a_whole_number_beyond_any_float_is_left_to_the_table(allowed: tuple[int, ...] | None) -> None:
    column = Column("a", "number", allowed=allowed)
    schema = Schema(
        name="one", columns=(column, Column("y", "integer", role="label")), label=Label("y", (1,), (0,))
    )
    table = schema.validate(pa.table({"a": [0.0, 1.0, 3.0], "y": [0, 1, 0]})).table
    numbers = one_event(TabularProcessor(impute="median").fit(table, schema), schema)
    for event in ({"a": 10**400}, {"a": -(10**400)}):
        with pytest.raises(Unsure):
            numbers(event)
