"""Schemas, training tables and events drawn by hypothesis: plain ones, odd ones, and plainly wrong ones."""

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from garrison.data.schema import Schema

WORDS = ["tcp", "udp", "-", "é", "", "NA", "0"]

odd_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 70_000),
    st.sampled_from([2**53 - 1, 2**53, 2**53 + 1, -(2**53), 2**63 - 1, 2**63, 10**30, 10**400]),
    st.floats(),
    st.sampled_from([1e60, 1e61, 1e151, -1e151, 1e308, 5e-324, -0.0, 3.5, 2.0**53]),
    st.sampled_from(
        [
            "1",
            " 2 ",
            "3.0",
            "007",
            "-0",
            "+5",
            "1e3",
            "1E400",
            "0x10",
            "nan",
            "inf",
            "true",
            "FALSE",
            "1_0",
            "1.",
            ".5",
        ]
    ),
    st.sampled_from(WORDS),
    st.sampled_from(["a\0b", "\ud800", "a" * 300, "ǅ", "1" * 30]),
    st.sampled_from(
        [
            "2024-05-03 23:50:00",
            "2024-05-03T23:50:00.5Z",
            "2024-05-03T23:50:00.1234567+00:00",
            "2024-05-03T23:50:00+02:00",
            "2024-05-03",
            "2024-13-01 00:00:00",
            "2024-02-30T00:00:00Z",
            "0001-01-01 00:00:00",
            "9999-12-31T23:59:59Z",
            "2024-05-03T24:00:00",
            "2024-05-03T23:59:60",
        ]
    ),
    st.sampled_from(
        [
            datetime.datetime(2024, 5, 3),
            datetime.datetime(2024, 5, 3, tzinfo=datetime.UTC),
            datetime.datetime(2024, 5, 3, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
            datetime.date(2024, 5, 3),
            Decimal("1.5"),
            b"tcp",
            [1],
            {"a": 1},
            np.float64(1.5),
            np.float32(1.5),
            np.int64(3),
            np.int8(3),
            np.bool_(True),
            np.str_("tcp"),
        ]
    ),
)


@dataclass(frozen=True)
class Drawn:
    """A schema, rows that fit it, and what values of each column may be."""

    schema: Schema
    table: pa.Table
    values: dict[str, st.SearchStrategy[Any]]


@st.composite
def columns(draw: st.DrawFn, name: str, *, feature: bool) -> dict[str, Any]:
    kind = draw(st.sampled_from(["integer", "number", "string", "boolean", "timestamp"]))
    column: dict[str, Any] = {"name": name, "type": kind, "role": "feature" if feature else "context"}
    if kind in ("integer", "number"):
        if draw(st.booleans()):
            column["minimum"] = draw(st.integers(-5, 0))
        if draw(st.booleans()):
            column["maximum"] = draw(st.integers(5, 70_000))
        if draw(st.integers(0, 4)) == 0:
            column |= {"minimum": None, "maximum": None, "allowed": [0, 1, 3, 7]}
    elif kind == "string" and draw(st.booleans()):
        column["allowed"] = WORDS[:5]
    elif kind == "timestamp" and draw(st.booleans()):
        column |= {"minimum": "2000-01-01T00:00:00+00:00", "maximum": "now"}
    column["nullable"] = draw(st.booleans())
    if column["nullable"]:
        imputes = ["refuse", "mode", "constant"]
        imputes += ["median", "knn"] if kind in ("integer", "number", "boolean") else []
        column["impute"] = draw(st.sampled_from(imputes))
        column["optional"] = draw(st.booleans())
    return {key: value for key, value in column.items() if value is not None}


def fitting(column: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that are what the column says, missing ones among them where they may be."""
    kind = column["type"]
    low, high = column.get("minimum", -3), column.get("maximum", 9)
    found: st.SearchStrategy[Any]
    if "allowed" in column:
        found = st.sampled_from(column["allowed"])
    elif kind == "integer":
        found = st.integers(low, high)
    elif kind == "number":
        found = st.floats(low, high)
    elif kind == "string":
        found = st.sampled_from(WORDS)
    elif kind == "boolean":
        found = st.booleans()
    else:
        found = st.integers(1_000_000_000, 1_700_000_000).map(
            lambda second: datetime.datetime.fromtimestamp(second, datetime.UTC)
        )
    return st.none() | found if column["nullable"] and column["impute"] != "refuse" else found


@st.composite
def combined(draw: st.DrawFn, facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Columns made of two features, as far as there are any to make them of."""
    numbers = [one for one in facts if one["role"] == "feature" and one["type"] in ("integer", "number")]
    positive = [one for one in numbers if one.get("minimum") == 0]
    return [
        {"name": f"made_{how}", how: [left["name"], right["name"]]}
        for how, (left, right, *_) in (
            (how, draw(st.permutations(found)))
            for how, found in (("difference", numbers), ("share", positive))
            if len(found) > 1
        )
        if draw(st.booleans())
    ]


@st.composite
def drawn(draw: st.DrawFn) -> Drawn:
    """A schema with a label, and 12 rows of it of both classes."""
    facts = [draw(columns(f"f{place}", feature=True)) for place in range(draw(st.integers(1, 5)))]
    facts += [draw(columns(f"c{place}", feature=False)) for place in range(draw(st.integers(0, 2)))]
    schema = Schema.from_dict(
        {
            "name": "drawn",
            "columns": [
                *facts,
                {"name": "skip", "type": "integer", "role": "ignore"},
                {"name": "label", "type": "integer", "role": "label", "allowed": [0, 1]},
            ],
            "label": {"column": "label", "positive": 1, "negative": 0},
            "combined": draw(combined(facts)),
        }
    )
    values = {column["name"]: fitting(column) for column in facts}
    rows = []
    for number in range(12):
        row = {name: draw(value) for name, value in values.items()}
        if number == 0:  # so that every column has a value to be imputed from
            row = {name: draw(value.filter(lambda one: one is not None)) for name, value in values.items()}
        rows.append({**row, "label": number % 2})
    kinds = {column.name: column.arrow_type for column in schema.columns}
    names = [*values, "label"]
    table = pa.table({name: pa.array([row[name] for row in rows], kinds[name]) for name in names})
    return Drawn(schema, table, values)


@st.composite
def events(draw: st.DrawFn, made: Drawn) -> dict[str, Any]:
    """An event: mostly what the schema says, sometimes not at all."""
    event: dict[str, Any] = {}
    for name, value in made.values.items():
        oddity = draw(st.integers(0, 9))
        if oddity == 0:
            event[name] = draw(odd_values)
        elif oddity > 1 or draw(st.booleans()):
            event[name] = draw(value)
    for name in ("skip", "label", "_row", "surplus"):
        if draw(st.integers(0, 15)) == 0:
            event[name] = draw(odd_values)
    return event
