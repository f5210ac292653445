"""What a features file can say of events: read, given back, and every contradiction named."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from garrison.data.catalogue import datasets
from garrison.data.schema import Attacker, Schema
from garrison.data.windows_spec import Windows
from garrison.errors import SchemaError

THREATS = Path(__file__).parents[2] / "configs" / "threats"
AT, WHO, PORT, SIZE, FAILED, KIND, BAD = range(7)
FACTS: dict[str, Any] = {
    "name": "events",
    "columns": [
        {
            "name": "at",
            "type": "timestamp",
            "role": "context",
            "minimum": "1990-01-01",
            "maximum": "now",
            "attacker": {"change": "both"},
        },
        {"name": "who", "type": "string", "role": "context", "nullable": True, "pseudonym": True},
        {
            "name": "port",
            "type": "integer",
            "optional": True,
            "impute": "constant",
            "attacker": {"change": "both", "minimum": 0, "maximum": 65535},
        },
        {"name": "size", "type": "integer", "minimum": 0, "attacker": {"change": "up", "minimum": 0}},
        {"name": "failed", "type": "boolean", "attacker": {"change": "none"}},
        {"name": "kind", "type": "string", "role": "attack", "optional": True},
        {"name": "bad", "type": "boolean", "role": "label"},
    ],
    "label": {"column": "bad", "positive": True, "negative": False},
    "group_by": "who",
    "time": "at",
    "report_by": ["port"],
    "windows": {
        "source": "who",
        "seconds": [60, 10],
        "distinct": ["port"],
        "sums": ["size"],
        "failures": ["failed"],
    },
}
GONE = object()


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(json.dumps(FACTS))
    place: Any = facts
    for step in path[:-1]:
        place = place[step]
    if to is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return facts


def of(place: int, **facts: Any) -> dict[str, Any]:
    """The features file with more facts about one column."""
    return changed("columns", place, to={**FACTS["columns"][place], **facts})


def labelled(*, positive: Any, negative: Any, **column: Any) -> dict[str, Any]:
    """The features file with a label of text, whose attack no other column names."""
    facts = changed("columns", BAD, to={"name": "bad", "type": "string", "role": "label", **column})
    facts["label"] = {"column": "bad", "positive": positive, "negative": negative}
    return facts


def test_all_that_can_be_said_of_events_is_read() -> None:
    schema = Schema.from_dict(FACTS)
    assert [column.role for column in schema.columns] == [
        *("context", "context", "feature", "feature", "feature", "attack", "label")
    ]
    assert schema.feature_names == ("port", "size", "failed")
    assert schema.column("at").minimum == "1990-01-01T00:00:00+00:00"
    assert schema.column("at").maximum == "now"
    assert schema.column("at").attacker == Attacker("both")
    assert schema.column("who").pseudonym
    assert not schema.column("who").optional
    assert schema.column("port").optional
    assert schema.column("port").nullable, "what may be absent may be missing"
    assert schema.column("port").attacker == Attacker("both", 0, 65535)
    assert schema.column("size").attacker == Attacker("up", 0)
    assert schema.column("failed").attacker == Attacker("none")
    assert schema.column("kind").attacker is None
    assert schema.time == "at"
    assert schema.report_by == ("port",)
    assert schema.windows == Windows("who", (10, 60), ("port",), ("size",), ("failed",))
    assert schema.window_names[:4] == (
        *("past_10s_events", "past_10s_distinct_port", "past_10s_sum_size", "past_10s_failed"),
    )


def test_the_truth_is_not_kept_where_rows_are_only_scored() -> None:
    schema = Schema.from_dict(FACTS)
    assert [column.name for column in schema.kept()] == ["at", "who", "port", "size", "failed", "kind", "bad"]
    assert [column.name for column in schema.kept(with_label=False)] == [
        "at",
        "who",
        "port",
        "size",
        "failed",
    ]
    assert schema.wanted(with_label=False) == {"at", "who", "port", "size", "failed", *schema.window_names}


@pytest.mark.parametrize(
    "facts",
    [
        FACTS,
        of(AT, minimum="now", maximum="2199-12-31T23:00:00-05:00"),
        of(PORT, minimum=0, maximum=65535, allowed=[22, 80]),
        of(PORT, attacker={"change": "down", "maximum": 443}),
        of(WHO, role="group"),
        of(KIND, optional=False, nullable=True),
        labelled(positive="*", negative="normal"),
        labelled(positive=["*"], negative=["normal", "unknown"]),
        labelled(positive="*", negative="normal", allowed=["normal", "flood", "scan"]),
        changed("windows", to={"source": "who", "seconds": [3600]}),
        changed("windows", to=GONE),
        changed("report_by", to="failed"),
        changed("report_by", to=[]),
    ],
)
def test_a_dict_comes_back_equal(facts: dict[str, Any], tmp_path: Path) -> None:
    schema = Schema.from_dict(facts)
    written = schema.to_dict()
    assert Schema.from_dict(written) == schema
    assert Schema.from_dict(written).to_dict() == written
    path = tmp_path / "features.json"
    path.write_text(json.dumps(written), encoding="utf-8")
    assert Schema.read(path) == schema


@pytest.mark.parametrize(
    "facts",
    [
        of(PORT, optional=False, nullable=True),
        of(WHO, pseudonym=False),
        of(SIZE, attacker={"change": "up", "minimum": 1}),
        of(AT, maximum="2030-01-01"),
        of(KIND, role="ignore"),
        changed("time", to=GONE) | {"windows": None},
        changed("report_by", to=GONE),
        changed("windows", "seconds", to=[10]),
        labelled(positive="*", negative="normal"),
    ],
)
def test_no_fact_is_lost_on_the_way(facts: dict[str, Any]) -> None:
    """Files that differ in one fact give schemas that differ, and so do the files written from them."""
    assert Schema.from_dict(facts) != Schema.from_dict(FACTS)
    assert Schema.from_dict(facts).to_dict() != Schema.from_dict(FACTS).to_dict()


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (of(PORT, optional="yes"), "'optional' is neither true nor false"),
        (of(BAD, optional=True), "the label is nullable"),
        (of(WHO, pseudonym=1), "'pseudonym' is neither true nor false"),
        (of(WHO, role="feature"), "pseudonym stands in a column that it cannot"),
        (of(PORT, role="context", pseudonym=True), "pseudonym stands in a column that it cannot"),
        (of(KIND, pseudonym=True, role="label"), "the label is nullable"),
        (of(KIND, pseudonym=True), "pseudonym stands in a column that it cannot"),
        (of(KIND, type="integer"), "the attack's name is of type integer"),
        (of(WHO, role="attack", pseudonym=False), "two columns name the attack"),
        (of(SIZE, attacker="up"), "'attacker' is not a mapping"),
        (of(SIZE, attacker={}), "unknown change None"),
        (of(SIZE, attacker={"change": "sideways"}), "unknown change 'sideways'"),
        (of(SIZE, attacker={"change": "up", "most": 9}), "unknown key 'most'"),
        (
            of(SIZE, attacker={"change": "up", "minimum": 0.5}),
            "attacker's minimum 0.5 is not of type integer",
        ),
        (of(SIZE, attacker={"change": "up", "minimum": 9, "maximum": 3}), "minimum 9 is above the maximum 3"),
        (of(SIZE, attacker={"change": "none", "maximum": 3}), "cannot change the value, but has bounds"),
        (of(FAILED, attacker={"change": "up"}), "a boolean has no direction 'up'"),
        (of(FAILED, attacker={"change": "both", "maximum": 1}), "a boolean has no attacker's maximum"),
        (of(WHO, attacker={"change": "down"}), "a string has no direction 'down'"),
        (of(AT, attacker={"change": "both", "minimum": "now"}), "bounds of a timestamp cannot be given"),
        (of(BAD, attacker={"change": "none"}), "an attacker cannot change the truth"),
        (of(KIND, attacker={"change": "none"}), "an attacker cannot change the truth"),
        (of(AT, maximum="tomorrow"), "the maximum 'tomorrow' is no time"),
        (of(AT, maximum=2030), "the maximum 2030 is no time"),
        (of(AT, maximum="1989-12-31"), "is above the maximum"),
        (of(AT, minimum="2199-01-01"), "is above the maximum now"),
        (of(AT, minimum="now", maximum="2020-01-01"), "the minimum now is above the maximum"),
        (of(AT, minimum="0001-01-01T00:00:00+14:00"), "is no time"),
        (of(SIZE, minimum="now"), "the minimum 'now' is not of type integer"),
        (of(AT, allowed=["2024-01-01"]), "is not of type timestamp"),
        (of(AT, impute="median"), "a timestamp cannot be imputed by median"),
        (labelled(positive="*", negative=[]), "label.negative has no value"),
        (labelled(positive="*", negative="*"), r"label.negative is '\*', and '\*' stands for every value"),
        (
            labelled(positive="flood", negative="*"),
            r"label.negative is '\*', and '\*' stands for every value",
        ),
        (labelled(positive=["*", "flood"], negative="normal"), r"label.positive is \['\*', 'flood'\]"),
        (labelled(positive="*", negative=0), "'label.negative' is not of type string"),
        (
            labelled(positive="*", negative="normal", allowed=["flood", "scan"]),
            "do not have the negative ones and others",
        ),
        (
            labelled(positive="*", negative="normal", allowed=["normal"]),
            "do not have the negative ones and others",
        ),
        (changed("time", to="when"), "'time' names no column that is kept: 'when'"),
        (changed("time", to="size"), "by which events cannot be ordered"),
        (changed("time", to=["at"]), "'time' is not a text"),
        (of(AT, nullable=True), "by which events cannot be ordered"),
        (of(AT, optional=True), "by which events cannot be ordered"),
        (of(AT, role="ignore"), "'time' names no column that is kept: 'at'"),
        (changed("report_by", to=["ports"]), "'report_by' names no column that is kept: 'ports'"),
        (changed("report_by", to=["bad"]), "'report_by' names the truth, 'bad'"),
        (changed("report_by", to=["kind"]), "'report_by' names the truth, 'kind'"),
        (changed("report_by", to=["port", "port"]), "'report_by' names a column twice"),
        (changed("report_by", to=[7]), "'report_by' is not a text"),
        (of(WHO, role="ignore"), "'group_by' names no column that is kept"),
        (changed("time", to=GONE), "there are windows but no time"),
        (changed("windows", to=[10, 60]), "windows is not a mapping"),
        (changed("windows", "second", to=[1]), "windows has the unknown key 'second'"),
        (changed("windows", "seconds", to=GONE), "windows.seconds is None"),
        (changed("windows", "seconds", to=[]), r"windows.seconds is \[\]"),
        (changed("windows", "seconds", to=60), "windows.seconds is 60"),
        (changed("windows", "seconds", to=[0]), r"windows.seconds is \[0\]"),
        (changed("windows", "seconds", to=[True]), r"windows.seconds is \[True\]"),
        (changed("windows", "seconds", to=[1.5]), r"windows.seconds is \[1.5\]"),
        (changed("windows", "seconds", to=[7 * 24 * 3600 + 1]), "windows.seconds is"),
        (changed("windows", "source", to=GONE), "'windows.source' is not a text"),
        (changed("windows", "source", to="port"), "'windows.source' names 'port', of type integer"),
        (changed("windows", "source", to="kind"), "'windows.source' names 'kind', .* role attack"),
        (changed("windows", "source", to="whom"), "'windows.source' names no column that is kept: 'whom'"),
        (changed("windows", "distinct", to=["at"]), "'windows.distinct' names 'at', of type timestamp"),
        (changed("windows", "distinct", to=["bad"]), "'windows.distinct' names 'bad', .* role label"),
        (changed("windows", "distinct", to=["port", "port"]), "'windows.distinct' names a column twice"),
        (changed("windows", "sums", to=["failed"]), "'windows.sums' names 'failed', of type boolean"),
        (changed("windows", "sums", to=["sizes"]), "'windows.sums' names no column that is kept: 'sizes'"),
        (changed("windows", "failures", to=["size"]), "'windows.failures' names 'size', of type integer"),
        (changed("windows", "failures", to=["bad"]), "'windows.failures' names 'bad', .* role label"),
        (of(SIZE, name="past_10s_events"), "no column that is kept: 'size'"),
    ],
)
def test_a_contradiction_is_named(facts: dict[str, Any], message: str) -> None:
    with pytest.raises(SchemaError, match=message) as caught:
        Schema.from_dict(facts, where="events.json")
    assert "events.json" in caught.value.where


def test_a_column_cannot_have_the_name_of_one_that_windows_add() -> None:
    facts = changed("windows", "sums", to=[])
    facts["columns"][SIZE]["name"] = "past_60s_events"
    with pytest.raises(SchemaError, match="'past_60s_events', the name of one that is added") as caught:
        Schema.from_dict(facts)
    assert caught.value.remedy == "rename the column"
    facts["columns"][SIZE]["name"] = "past_61s_events"
    assert "past_61s_events" in Schema.from_dict(facts).feature_names
    facts = changed("windows", "failures", to=["events"])
    facts["columns"][FAILED]["name"] = "events"
    with pytest.raises(SchemaError, match="two columns that are added by windows have one name"):
        Schema.from_dict(facts)


@pytest.mark.parametrize(
    ("facts", "near"),
    [
        (of(PORT, optionl=True), "optional"),
        (of(SIZE, attacker={"chang": "up"}), "change"),
        (changed("windows", "failure", to=["failed"]), "failures"),
        (changed("window", to={}), "windows"),
        (changed("windows", "sums", to=["sizes"]), "size"),
        (changed("report_by", to=["ports"]), "port"),
    ],
)
def test_a_slip_is_met_with_the_nearest_name(facts: dict[str, Any], near: str) -> None:
    with pytest.raises(SchemaError) as caught:
        Schema.from_dict(facts)
    assert caught.value.remedy == f"did you mean {near!r}?"


def test_the_event_table_is_what_the_page_says() -> None:
    schema = Schema.read(THREATS / "features.json")
    assert [(column.name, column.type, column.role) for column in schema.columns if not column.optional] == [
        ("timestamp", "timestamp", "context"),
        ("src_ip", "string", "context"),
        ("protocol", "string", "feature"),
        ("payload_len", "integer", "feature"),
        ("is_malicious", "boolean", "label"),
    ]
    assert [column.name for column in schema.columns if column.pseudonym] == ["src_ip", "dst_ip"]
    assert schema.column("protocol").allowed == ("tcp", "udp", "icmp")
    assert schema.column("payload_len").minimum == 0
    assert schema.column("timestamp").maximum == "now"
    assert schema.column("dst_port").maximum == 65535
    assert schema.time == "timestamp"
    assert schema.windows == Windows("src_ip", (10, 60, 600), ("dst_port",), ("payload_len",), ("failed",))
    assert schema.label is not None
    assert (schema.label.positive, schema.label.negative) == ((True,), (False,))


@pytest.mark.parametrize("name", ["unsw_nb15", "nsl_kdd"])
def test_what_tells_the_label_is_no_feature_of_a_public_set(name: str) -> None:
    known = datasets()[name]
    schema = Schema.read(THREATS / f"{name}.json")
    assert schema.name == name
    assert not {*known.never} & {*schema.feature_names}
    assert {*known.never} <= {*schema.names}, "each stands in the file, with the reason"
    assert {*known.marks} <= {*schema.names}
    assert schema.windows is None
    assert schema.time is None
    assert schema.group_by == "features"
    following = {relation.gives for relation in schema.relations}
    for column in schema.features:
        assert column.attacker is not None or column.name in following, column.name
        assert column.meaning, column.name
        assert not column.nullable, column.name


def test_the_roles_and_labels_of_the_public_sets() -> None:
    unsw, nsl = (Schema.read(THREATS / f"{name}.json") for name in ("unsw_nb15", "nsl_kdd"))
    assert unsw.column("id").role == "ignore"
    assert unsw.column("attack_cat").role == "attack"
    assert unsw.column("label").role == "label"
    assert len(unsw.features) == 42
    assert unsw.report_by == ("service", "proto")
    assert nsl.column("difficulty").role == "ignore"
    assert nsl.column("num_outbound_cmds").role == "ignore"
    assert nsl.label is not None
    assert (nsl.label.positive, nsl.label.negative) == (("*",), ("normal",))
    assert len(nsl.features) == 40
    assert nsl.report_by == ("service", "protocol_type")


@pytest.mark.parametrize("name", ["features", "unsw_nb15", "nsl_kdd"])
def test_a_shipped_file_comes_back_equal(name: str) -> None:
    schema = Schema.read(THREATS / f"{name}.json")
    again = Schema.from_dict(schema.to_dict())
    assert again == schema
    assert replace(again, description=schema.description) == schema
    assert again.to_dict() == schema.to_dict()
