import json
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_events import EVENTS_SCHEMA, events, some_events

from garrison.data.schema import Schema
from garrison.errors import DataError, GarrisonError, ModelError, SchemaError
from garrison.features import EventProcessor, load_processor, window_columns
from garrison.features.clock import CLOCK_NAMES

Rows = list[dict[str, Any]]


def table(rows: Rows) -> pa.Table:
    empty = pa.table({column.name: pa.array([], column.arrow_type) for column in EVENTS_SCHEMA.columns})
    given_columns = pa.Table.from_pylist(rows, schema=empty.schema) if rows else empty
    labelled = "is_malicious" in rows[0] if rows else False
    if not labelled:
        given_columns = given_columns.drop_columns(["is_malicious"])
    return EVENTS_SCHEMA.validate(given_columns, with_label=labelled).table


TRAIN = table(some_events(200))
FITTED = EventProcessor(scale=True).fit(TRAIN, EVENTS_SCHEMA)
PLAIN = EventProcessor().fit(TRAIN, EVENTS_SCHEMA)


def test_the_columns_are_features_then_clock_then_past() -> None:
    windows = EVENTS_SCHEMA.windows
    assert windows is not None
    assert PLAIN.names == (
        "protocol=icmp",
        "protocol=tcp",
        "protocol=udp",
        "payload_len",
        "dst_port",
        "duration",
        "packets",
        "failed",
        "service=dns",
        "service=http",
        "service=ssh",
        *CLOCK_NAMES,
        *windows.names,
    )
    X = PLAIN.transform(TRAIN)
    counted = window_columns(TRAIN, windows, time="timestamp")
    assert (X[:, -12:] == np.column_stack(counted.columns)).all()
    assert X[:, 3].tolist() == TRAIN.column("payload_len").to_pylist()
    assert PLAIN.windows == windows
    assert EventProcessor().names == ()


def test_scaled_columns_have_mean_0_and_deviation_1() -> None:
    X, raw = FITTED.transform(TRAIN), PLAIN.transform(TRAIN)
    assert np.allclose(X.mean(axis=0), 0, atol=1e-12)
    constant = raw.min(axis=0) == raw.max(axis=0)
    assert np.allclose(X.std(axis=0)[~constant], 1)
    assert (X[:, constant] == 0).all()


@given(st.lists(events, max_size=12), st.booleans())
@settings(max_examples=50)
def test_a_processor_read_back_from_json_transforms_to_the_same_bits(rows: Rows, scale: bool) -> None:
    fitted = EventProcessor(scale=scale).fit(table([*some_events(5), *rows]), EVENTS_SCHEMA)
    again = load_processor(json.loads(json.dumps(fitted.to_dict(), allow_nan=False)))
    X = fitted.transform(table(rows))
    assert again.transform(table(rows)).tobytes() == X.tobytes()
    assert again.to_dict() == fitted.to_dict()
    assert np.isfinite(X).all()
    assert X.shape == (len(rows), len(fitted.names))


@given(st.lists(events, max_size=15), st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_the_order_of_rows_does_not_matter(rows: Rows, random: Any) -> None:
    order = list(range(len(rows)))
    random.shuffle(order)
    shuffled = FITTED.transform(table([rows[place] for place in order]))
    assert shuffled.tobytes() == FITTED.transform(table(rows))[order].tobytes()


@given(st.lists(events, max_size=15), st.lists(events, max_size=15))
@settings(max_examples=50)
def test_what_happens_later_changes_nothing(rows: Rows, others: Rows) -> None:
    latest = max((row["timestamp"] for row in rows), default=None)
    later = [row for row in others if latest is None or row["timestamp"] >= latest]
    X = FITTED.transform(table([*rows, *later]))
    assert X[: len(rows)].tobytes() == FITTED.transform(table(rows)).tobytes()


@given(st.lists(events, min_size=1, max_size=15), st.lists(st.integers(0, 15), max_size=4))
@settings(max_examples=50)
def test_a_stream_in_any_pieces_is_the_whole(rows: Rows, cuts: list[int]) -> None:
    whole = table(sorted(rows, key=lambda row: row["timestamp"]))
    X = FITTED.transform(whole)
    size = len(rows)
    for places in (sorted({0, *(cut for cut in cuts if cut < size), size}), range(size + 1)):
        live = FITTED.live()
        pieces = [live.transform(whole.slice(start, end - start)) for start, end in pairwise(places)]
        assert np.concatenate(pieces).tobytes() == X.tobytes()
        assert live.late == 0


def test_columns_of_the_past_are_taken_as_they_are() -> None:
    names = PLAIN.names[-12:]
    past = pa.table({name: pa.array(range(200), pa.int64()) for name in names})
    given_past = pa.table([*TRAIN.columns, *past.columns], names=[*TRAIN.column_names, *names])
    X = PLAIN.transform(given_past)
    assert (X[:, -12:] == np.arange(200)[:, None]).all()
    assert (X[:, :-12] == PLAIN.transform(TRAIN)[:, :-12]).all()
    assert (PLAIN.live().transform(given_past) == X).all()
    assert EventProcessor().fit(given_past, EVENTS_SCHEMA).names == PLAIN.names
    floats = given_past.set_column(given_past.num_columns - 1, names[-1], pa.array([0.5] * 200))
    with pytest.raises(SchemaError, match="is of type double"):
        PLAIN.transform(floats)
    with pytest.raises(SchemaError, match="unexpected"):
        PLAIN.transform(given_past.drop_columns([names[0]]))


def test_unseen_categories_are_zero_in_every_column() -> None:
    rows = [{**row, "service": "gopher"} for row in some_events(3)]
    assert (PLAIN.transform(table(rows))[:, 8:11] == 0).all()


def test_a_feature_without_any_value_is_taken_as_zero() -> None:
    schema = Schema.from_dict(
        {
            "name": "events",
            "columns": [
                {"name": "a", "type": "number", "nullable": True, "impute": impute}
                | ({"name": name} if name else {})
                for name, impute in (("a", "median"), ("b", "refuse"), ("c", "mode"), ("d", "knn"))
            ]
            + [{"name": "s", "type": "string", "nullable": True, "impute": "mode"}],
        }
    )
    empty = schema.validate(pa.table({name: pa.nulls(3) for name in "abcds"})).table
    fitted = EventProcessor(scale=True, impute="knn").fit(empty, schema)
    assert fitted.names == ("a", "b", "c", "d")
    assert (fitted.transform(empty) == 0).all()


def test_without_time_and_windows_it_is_the_tabular_processor() -> None:
    schema = Schema.from_dict({"name": "things", "columns": [{"name": "a", "type": "integer"}]})
    rows = pa.table({"a": [1, 2, 3]})
    fitted = EventProcessor().fit(rows, schema)
    assert fitted.transform(rows).tolist() == [[1.0], [2.0], [3.0]]
    assert fitted.live().transform(rows).tolist() == [[1.0], [2.0], [3.0]]


def test_one_row_and_no_rows() -> None:
    one = EventProcessor(scale=True).fit(TRAIN.slice(0, 1), EVENTS_SCHEMA)
    assert (one.transform(TRAIN.slice(0, 1)) == 0).all()
    assert FITTED.transform(TRAIN.slice(0, 0)).shape == (0, len(FITTED.names))
    assert FITTED.live().transform(TRAIN.slice(0, 0)).shape == (0, len(FITTED.names))
    with pytest.raises(DataError, match="no rows"):
        EventProcessor().fit(TRAIN.slice(0, 0), EVENTS_SCHEMA)


def test_a_processor_that_is_not_fitted_says_so() -> None:
    for call in (lambda: EventProcessor().transform(TRAIN), EventProcessor().to_dict, EventProcessor().live):
        with pytest.raises(ModelError, match="not fitted"):
            call()


def test_a_feature_named_like_a_column_that_is_added_is_refused() -> None:
    schema = Schema.from_dict(
        {
            "name": "events",
            "time": "at",
            "columns": [
                {"name": "at", "type": "timestamp", "role": "context"},
                {"name": "weekend", "type": "integer"},
            ],
        }
    )
    rows = schema.validate(pa.table({"at": ["2024-05-05"], "weekend": [1]})).table
    with pytest.raises(SchemaError, match="weekend"):
        EventProcessor().fit(rows, schema)


def test_a_table_without_the_time_or_the_source_is_refused() -> None:
    with pytest.raises(SchemaError, match="'timestamp' is missing"):
        PLAIN.transform(TRAIN.drop_columns(["timestamp"]))
    with pytest.raises(SchemaError, match="'src_ip' is missing"):
        PLAIN.transform(TRAIN.drop_columns(["src_ip"]))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(FITTED.to_dict())), values, st.booleans())
def test_a_broken_description_is_an_error_of_ours(key: str, value: Any, within: bool) -> None:
    facts = FITTED.to_dict()
    if within and isinstance(facts[key], dict):
        facts[key] = {**facts[key], sorted(facts[key])[0]: value}
    else:
        facts[key] = value
    try:
        X = load_processor(facts).transform(TRAIN.slice(0, 3))
    except GarrisonError:
        return
    assert np.isfinite(X).all()
