from typing import Any

import pytest

from garrison.data.schema import Schema
from garrison.errors import SchemaError

COLUMNS = [
    {"name": "sent", "type": "integer", "minimum": 0},
    {"name": "got", "type": "number", "minimum": 0},
    {"name": "shift", "type": "number"},
    {"name": "proto", "type": "string"},
    {"name": "port", "type": "integer", "minimum": 0, "role": "context"},
]


def schema_with(*combined: Any) -> Schema:
    return Schema.from_dict({"name": "flows", "columns": COLUMNS, "combined": list(combined)})


def test_columns_made_of_two_are_read_and_written() -> None:
    schema = schema_with(
        {"name": "part", "share": ["sent", "got"]}, {"name": "more", "difference": ["sent", "shift"]}
    )
    assert [(each.name, each.how, each.left, each.right) for each in schema.combined] == [
        ("part", "share", "sent", "got"),
        ("more", "difference", "sent", "shift"),
    ]
    assert Schema.from_dict(schema.to_dict()) == schema


@pytest.mark.parametrize(
    ("combined", "message"),
    [
        ({"name": "a"}, "does not say of what 'a' is made"),
        ({"name": "a", "share": ["sent"]}, "does not say"),
        ({"name": "a", "share": ["sent", "sent"]}, "does not say"),
        ({"name": "a", "share": ["sent", "got"], "difference": ["sent", "got"]}, "does not say"),
        ({"name": "a", "product": ["sent", "got"]}, "product"),
        ({"name": "a", "share": ["sent", "proto"]}, "'proto', which is no feature that is a number"),
        ({"name": "a", "share": ["sent", "port"]}, "'port', which is no feature"),
        ({"name": "a", "share": ["sent", "shift"]}, "may be below 0"),
        ({"name": "sent", "share": ["sent", "got"]}, "two columns are called 'sent'"),
        ({"share": ["sent", "got"]}, "name"),
        ("share", "combined"),
    ],
)
def test_what_contradicts_itself_is_refused(combined: Any, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        schema_with(combined)


def test_a_name_is_given_once() -> None:
    twice = {"name": "a", "share": ["sent", "got"]}
    with pytest.raises(SchemaError, match="two columns are called 'a'"):
        schema_with(twice, twice)


def test_only_a_list_will_do() -> None:
    with pytest.raises(SchemaError, match="not a list"):
        Schema.from_dict({"name": "flows", "columns": COLUMNS, "combined": {"name": "a"}})
