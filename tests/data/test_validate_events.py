"""Events held against their schema: optional columns, past behaviour, the future, and the names of attacks."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from small_events import EVENTS_SCHEMA, START, address

from garrison.data.schema import Schema
from garrison.errors import SchemaError

EVENT: dict[str, Any] = {
    "timestamp": START,
    "src_ip": address(1),
    "protocol": "tcp",
    "payload_len": 512,
    "is_malicious": False,
}
OPTIONAL: dict[str, Any] = {
    "dst_ip": address(2),
    "dst_port": 443,
    "duration": 0.5,
    "packets": 4,
    "failed": False,
    "service": "https",
    "attack_type": "benign",
    "simulated": True,
}
PAST = dict.fromkeys(EVENTS_SCHEMA.window_names, 3)


def table_of(*rows: dict[str, Any]) -> pa.Table:
    return pa.table({name: [row[name] for row in rows] for name in rows[0]})


def reasons(table: pa.Table, **more: Any) -> list[tuple[int, str, str, str | None]]:
    """Each refused row: its number, column, reason and value; none is lost."""
    validated = EVENTS_SCHEMA.validate(table, **more)
    assert validated.table.num_rows + validated.refused.num_rows == table.num_rows
    return [tuple(row.values()) for row in validated.refused.to_pylist()]


def test_optional_columns_that_are_absent_come_back_without_values() -> None:
    validated = EVENTS_SCHEMA.validate(table_of(EVENT, EVENT))
    assert validated.refused.num_rows == 0
    assert validated.table.schema == EVENTS_SCHEMA.arrow_schema()
    for name in OPTIONAL:
        assert validated.table[name].null_count == 2, name
    for name in EVENT:
        assert validated.table[name].null_count == 0, name


@pytest.mark.parametrize("name", OPTIONAL)
def test_an_optional_column_that_is_there_is_kept(name: str) -> None:
    validated = EVENTS_SCHEMA.validate(table_of(EVENT | {name: OPTIONAL[name]}))
    assert validated.table[name].to_pylist() == [OPTIONAL[name]]
    assert validated.table.schema == EVENTS_SCHEMA.arrow_schema()


@pytest.mark.parametrize("name", EVENT)
def test_the_other_columns_cannot_be_absent(name: str) -> None:
    without = {key: value for key, value in EVENT.items() if key != name}
    with pytest.raises(SchemaError, match=f"missing columns: '{name}'") as caught:
        EVENTS_SCHEMA.validate(table_of(without | OPTIONAL))
    assert "dst_port" not in caught.value.what


def test_a_misspelt_optional_column_is_unexpected() -> None:
    with pytest.raises(SchemaError, match="unexpected columns: 'dst_prot'"):
        EVENTS_SCHEMA.validate(table_of(EVENT | {"dst_prot": 80}))


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("payload_len", -1, "below the minimum 0"),
        ("payload_len", -(2**62), "below the minimum 0"),
        ("payload_len", None, "missing"),
        ("protocol", "sctp", "not one of tcp, udp, icmp"),
        ("protocol", "TCP", "not one of tcp, udp, icmp"),
        ("protocol", None, "missing"),
        ("dst_port", 65_536, "above the maximum 65535"),
        ("dst_port", -1, "below the minimum 0"),
        ("duration", -0.5, "below the minimum 0"),
        ("duration", float("inf"), "infinite"),
        ("packets", -3, "below the minimum 0"),
        ("is_malicious", None, "missing"),
        ("timestamp", None, "missing"),
    ],
)
def test_a_bad_event_is_refused_and_its_neighbours_are_kept(column: str, value: Any, reason: str) -> None:
    good = EVENT | OPTIONAL
    text = None if value is None else str(value)
    assert reasons(table_of(good, good | {column: value}, good)) == [(2, column, reason, text)]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize(
    ("off", "reason"),
    [
        (timedelta(days=1), "in the future"),
        (timedelta(minutes=5), "in the future"),
        (-timedelta(seconds=5), None),
        (-timedelta(days=20_000), "below the minimum 1990-01-01T00:00:00+00:00"),
    ],
)
def test_the_future_is_refused(unit: str, off: timedelta, reason: str | None) -> None:
    moment = (datetime.now(UTC) + off).replace(microsecond=0)
    table = table_of(EVENT, EVENT | {"timestamp": moment})
    table = table.set_column(0, "timestamp", table["timestamp"].cast(pa.timestamp(unit, tz="UTC")))
    found = reasons(table)
    assert [(row[0], row[1], row[2]) for row in found] == ([(2, "timestamp", reason)] if reason else [])


def test_now_is_the_time_of_looking_not_of_reading_the_features_file() -> None:
    facts = EVENTS_SCHEMA.to_dict()
    facts["columns"][0]["maximum"] = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    table = table_of(EVENT | {"timestamp": datetime.now(UTC) + timedelta(hours=1)})
    assert Schema.from_dict(facts).validate(table).refused.num_rows == 0
    assert EVENTS_SCHEMA.validate(table).refused.num_rows == 1


@pytest.mark.parametrize("text", ["2199-01-01T00:00:00Z", "2199-01-01 00:00:00", "9999-12-31T23:59:59Z"])
def test_the_future_as_text_is_refused(text: str) -> None:
    table = pa.table({name: [str(value)] for name, value in EVENT.items()})
    table = table.set_column(0, "timestamp", pa.array([text]))
    assert reasons(table) == [(1, "timestamp", "in the future", text)]


def test_past_behaviour_comes_back_behind_the_schemas_own() -> None:
    validated = EVENTS_SCHEMA.validate(table_of(PAST | EVENT))
    own = EVENTS_SCHEMA.arrow_schema().names
    assert validated.table.column_names == [*own, *EVENTS_SCHEMA.window_names]
    assert validated.table.select(EVENTS_SCHEMA.window_names).to_pylist() == [PAST]


def test_without_past_behaviour_none_is_invented() -> None:
    names = EVENTS_SCHEMA.validate(table_of(EVENT)).table.column_names
    assert not {*names} & {*EVENTS_SCHEMA.window_names}


@pytest.mark.parametrize("gone", EVENTS_SCHEMA.window_names)
def test_half_of_past_behaviour_is_an_error(gone: str) -> None:
    """Whoever made the table counted something else; to count again what is there could change it unseen."""
    half = {name: value for name, value in PAST.items() if name != gone}
    with pytest.raises(SchemaError, match=f"past behaviour .* missing: '{gone}'"):
        EVENTS_SCHEMA.validate(table_of(EVENT | half))


def test_past_behaviour_of_other_windows_is_unexpected() -> None:
    with pytest.raises(SchemaError, match="unexpected columns: 'past_11s_events'"):
        EVENTS_SCHEMA.validate(table_of(EVENT | PAST | {"past_11s_events": 1}))


@pytest.mark.parametrize(
    ("value", "reason"), [(-1, "below the minimum 0"), (None, "missing"), ("x", "not an integer")]
)
def test_past_behaviour_that_cannot_be_is_refused(value: Any, reason: str) -> None:
    rows = [EVENT | PAST, EVENT | PAST | {"past_60s_events": value}]
    rows[0]["past_60s_events"] = "2" if isinstance(value, str) else 2
    assert [(row[0], row[1], row[2]) for row in reasons(table_of(*rows))] == [(2, "past_60s_events", reason)]


def test_the_truth_may_be_absent_where_rows_are_only_scored() -> None:
    without = {key: value for key, value in EVENT.items() if key != "is_malicious"}
    validated = EVENTS_SCHEMA.validate(table_of(without), with_label=False)
    assert not {"is_malicious", "attack_type"} & {*validated.table.column_names}
    assert validated.table.schema == EVENTS_SCHEMA.arrow_schema(with_label=False)


def test_the_truth_is_dropped_unread_where_rows_are_only_scored() -> None:
    table = table_of(EVENT | {"is_malicious": "who knows", "attack_type": b"\xff"})
    validated = EVENTS_SCHEMA.validate(table, with_label=False)
    assert validated.table.num_rows == 1
    assert not {"is_malicious", "attack_type"} & {*validated.table.column_names}


def schema_of(*, attack: bool, positive: Any = True, negative: Any = False, kind: str = "boolean") -> Schema:
    columns: list[dict[str, Any]] = [
        {"name": "size", "type": "integer"},
        {"name": "bad", "type": kind, "role": "label"},
    ]
    if attack:
        columns.append({"name": "attack", "type": "string", "role": "attack", "nullable": True})
    label = {"column": "bad", "positive": positive, "negative": negative}
    return Schema.from_dict({"name": "named", "columns": columns, "label": label})


def test_attacks_are_named_by_the_column_whose_role_it_is() -> None:
    table = pa.table({"bad": [True, False, True], "attack": ["flood", "Normal", "scan"], "size": [1, 2, 3]})
    names = schema_of(attack=True).attack_names(table)
    assert names is not None
    assert names.tolist() == ["flood", "", "scan"]
    assert names.dtype == object


def test_an_attack_without_a_name_is_unnamed() -> None:
    table = pa.table({"bad": [True, False, True, True], "attack": [None, None, "scan", ""], "size": [1] * 4})
    names = schema_of(attack=True).attack_names(table)
    assert names is not None
    assert names.tolist() == ["unnamed", "", "scan", "unnamed"]


def test_attacks_are_named_by_the_label_where_all_others_are_positive() -> None:
    schema = schema_of(attack=False, positive="*", negative=["normal", "none"], kind="string")
    table = pa.table({"bad": ["flood", "normal", "scan", "none"], "size": [1] * 4})
    names = schema.attack_names(table)
    assert names is not None
    assert names.tolist() == ["flood", "", "scan", ""]


def test_the_label_names_attacks_where_the_column_for_it_has_nothing_to_say() -> None:
    schema = schema_of(attack=True, positive="*", negative="normal", kind="string")
    bare = pa.table({"bad": ["flood", "normal"], "size": [1, 2]})
    empty = bare.append_column("attack", pa.nulls(2, pa.string()))
    better = bare.append_column("attack", pa.array(["udp flood", None]))
    for table, expected in ((bare, "flood"), (empty, "flood"), (better, "udp flood")):
        names = schema.attack_names(table)
        assert names is not None
        assert names.tolist() == [expected, ""]


@pytest.mark.parametrize(
    ("schema", "table"),
    [
        (schema_of(attack=False), {"bad": [True, False]}),
        (schema_of(attack=True), {"bad": [True, False]}),
        (schema_of(attack=True), {"bad": [True, False], "attack": pa.nulls(2, pa.string())}),
        (
            schema_of(attack=False, positive=["flood"], negative="normal", kind="string"),
            {"bad": ["flood", "normal"]},
        ),
    ],
    ids=["no column for it", "column absent", "column empty", "one attack is listed"],
)
def test_where_nothing_names_the_attacks_there_are_no_names(schema: Schema, table: dict[str, Any]) -> None:
    assert schema.attack_names(pa.table({**table, "size": [1, 2]})) is None


def test_names_of_a_dictionary_encoded_column() -> None:
    table = pa.table({"bad": [True, False], "attack": pa.array(["dos", None]).dictionary_encode()})
    names = schema_of(attack=True).attack_names(table)
    assert names is not None
    assert names.tolist() == ["dos", ""]


def test_a_schema_without_a_label_names_no_attacks() -> None:
    facts = json.loads(json.dumps(schema_of(attack=True).to_dict()))
    facts["columns"] = [facts["columns"][0], facts["columns"][2]]
    del facts["label"]
    assert Schema.from_dict(facts).attack_names(pa.table({"size": [1], "attack": ["dos"]})) is None


def test_a_label_of_many_attacks_has_two_classes() -> None:
    schema = schema_of(attack=False, positive="*", negative="normal", kind="string")
    assert schema.labels(pa.table({"bad": ["a", "normal", "b"]})).tolist() == [True, False, True]
    with pytest.raises(SchemaError, match=r"1 labels are neither positive nor negative, .* row 2: missing"):
        schema.labels(pa.table({"bad": ["a", None, "normal"]}))
    with pytest.raises(SchemaError, match="all 2 labels are positive"):
        schema.labels(pa.table({"bad": ["a", "b"]}))
