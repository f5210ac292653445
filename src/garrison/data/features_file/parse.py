"""The content of a features file as a schema, every contradiction found."""

from typing import Any

from garrison.data.features_file.behaviour import (
    read_group_by,
    read_report_by,
    read_time,
    read_windows,
)
from garrison.data.features_file.checks import mapping, text
from garrison.data.features_file.column import read_column
from garrison.data.features_file.combined import read_combined
from garrison.data.features_file.label import read_label
from garrison.data.features_file.relations import read_relations
from garrison.data.schema import Schema
from garrison.errors import SchemaError

KEYS = (
    "name",
    "description",
    "columns",
    "label",
    "group_by",
    "time",
    "report_by",
    "windows",
    "combined",
    "relations",
)


def schema_from_dict(facts: Any, *, where: str = "") -> Schema:
    """The schema in the content of a features file, every contradiction a ``SchemaError``."""
    mapping(facts, KEYS, "the features file", where)
    name = text(facts.get("name"), "name", where)
    rows = facts.get("columns")
    if not isinstance(rows, list) or not rows:
        raise SchemaError("'columns' is not a list of columns", where=where, expected="at least one column")
    columns = tuple(read_column(row, place, where) for place, row in enumerate(rows, start=1))
    for column in columns:
        if sum(other.name == column.name for other in columns) > 1:
            raise SchemaError(f"column {column.name!r} is described twice", where=where)
    if not any(column.role == "feature" for column in columns):
        raise SchemaError("no column is a feature", where=where, expected="a column whose role is 'feature'")
    if sum(column.role == "attack" for column in columns) > 1:
        raise SchemaError("two columns name the attack", where=where, expected="at most one")
    time = read_time(facts.get("time"), columns, where)
    return Schema(
        name=name,
        columns=columns,
        label=read_label(facts.get("label"), columns, where),
        group_by=read_group_by(facts.get("group_by"), columns, where),
        description=text(facts.get("description", ""), "description", where, empty=True),
        time=time,
        report_by=read_report_by(facts.get("report_by"), columns, where),
        windows=read_windows(facts.get("windows"), columns, time, where),
        combined=read_combined(facts.get("combined"), columns, where),
        relations=read_relations(facts.get("relations"), columns, where),
    )
