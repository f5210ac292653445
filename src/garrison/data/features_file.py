"""The features file: a schema as JSON, checked so that contradictions are found before any data is read."""

import difflib
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

from garrison.data.schema import Column, ColumnType, Impute, Label, Role, Schema, Value
from garrison.data.splits import DERIVATIONS
from garrison.errors import SchemaError

LARGEST_FILE = 4_000_000
"""Bytes beyond which a features file is refused unread."""

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "boolean": (bool,),
    "timestamp": (),
}
_FILE_KEYS = ("name", "description", "columns", "label", "group_by")
_COLUMN_KEYS = ("name", "type", "role", "allowed", "minimum", "maximum", "nullable", "impute", "meaning")
_LABEL_KEYS = ("column", "positive", "negative")


def read_features_file(path: Path) -> Schema:
    """The schema in a features file; ``SchemaError`` says what is wrong in it and where."""
    where = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise SchemaError(
            f"cannot read the features file: {error.strerror}", where=where, remedy="check the path"
        ) from error
    except ValueError as error:
        raise SchemaError("the path of the features file holds a NUL character", where=repr(where)) from error
    if len(content) > LARGEST_FILE:
        raise SchemaError(
            "the features file is too large", where=where, expected=f"at most {LARGEST_FILE:,} bytes"
        )
    try:
        facts = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise SchemaError(f"the features file is not JSON: {error}", where=where) from error
    return schema_from_dict(facts, where=where)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    facts = dict(pairs)
    if len(facts) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(
            "the key " + repr(next(name for name in names if names.count(name) > 1)) + " is there twice"
        )
    return facts


def schema_to_dict(schema: Schema) -> dict[str, Any]:
    """A schema as the content of a features file, facts that have their default left out."""
    facts: dict[str, Any] = {"name": schema.name}
    if schema.description:
        facts["description"] = schema.description
    facts["columns"] = [_column_to_dict(column) for column in schema.columns]
    if schema.label is not None:
        facts["label"] = {
            "column": schema.label.column,
            "positive": list(schema.label.positive),
            "negative": list(schema.label.negative),
        }
    facts["group_by"] = schema.group_by
    return facts


def _column_to_dict(column: Column) -> dict[str, Any]:
    facts: dict[str, Any] = {"name": column.name, "type": column.type, "role": column.role}
    if column.allowed is not None:
        facts["allowed"] = list(column.allowed)
    for key in ("minimum", "maximum"):
        if getattr(column, key) is not None:
            facts[key] = getattr(column, key)
    if column.nullable:
        facts["nullable"] = True
    if column.impute != "refuse":
        facts["impute"] = column.impute
    if column.meaning:
        facts["meaning"] = column.meaning
    return facts


def schema_from_dict(facts: Any, *, where: str = "") -> Schema:
    """The schema in the content of a features file, every contradiction a ``SchemaError``."""
    _mapping(facts, _FILE_KEYS, "the features file", where)
    name = _text(facts.get("name"), "name", where)
    rows = facts.get("columns")
    if not isinstance(rows, list) or not rows:
        raise SchemaError("'columns' is not a list of columns", where=where, expected="at least one column")
    columns = tuple(_column(row, place, where) for place, row in enumerate(rows, start=1))
    for column in columns:
        if sum(other.name == column.name for other in columns) > 1:
            raise SchemaError(f"column {column.name!r} is described twice", where=where)
    if not any(column.role == "feature" for column in columns):
        raise SchemaError("no column is a feature", where=where, expected="a column whose role is 'feature'")
    return Schema(
        name=name,
        columns=columns,
        label=_label(facts.get("label"), columns, where),
        group_by=_group_by(facts.get("group_by"), columns, where),
        description=_text(facts.get("description", ""), "description", where, empty=True),
    )


def _column(facts: Any, place: int, where: str) -> Column:
    _mapping(facts, _COLUMN_KEYS, f"column {place}", where)
    name = _text(facts.get("name"), f"name of column {place}", where)
    where = f"{where}: column {name!r}" if where else f"column {name!r}"
    kind: ColumnType = _choice(facts.get("type"), get_args(ColumnType), "type", where)
    role: Role = _choice(facts.get("role", "feature"), get_args(Role), "role", where)
    impute: Impute = _choice(facts.get("impute", "refuse"), get_args(Impute), "impute", where)
    nullable = facts.get("nullable", False)
    if not isinstance(nullable, bool):
        raise SchemaError("'nullable' is neither true nor false", where=where)
    if nullable and role == "label":
        raise SchemaError("the label is nullable", where=where, expected="a label in every row")
    if impute in ("knn", "median") and kind in ("string", "timestamp"):
        raise SchemaError(
            f"a {kind} cannot be imputed by {impute}", where=where, expected="refuse, mode or constant"
        )
    minimum, maximum = (_bound(facts.get(key), kind, key, where) for key in ("minimum", "maximum"))
    if minimum is not None and maximum is not None and minimum > maximum:
        raise SchemaError(f"the minimum {minimum} is above the maximum {maximum}", where=where)
    allowed = None
    if facts.get("allowed") is not None:
        if not isinstance(facts["allowed"], list) or not facts["allowed"]:
            raise SchemaError("'allowed' is not a list of values", where=where)
        allowed = _values(facts["allowed"], kind, "allowed", where)
        for value in allowed:
            low = minimum is not None and not isinstance(value, str) and value < minimum
            high = maximum is not None and not isinstance(value, str) and value > maximum
            if low or high:
                raise SchemaError(f"the allowed value {value!r} is outside the range", where=where)
    meaning = _text(facts.get("meaning", ""), "meaning", where, empty=True)
    return Column(name, kind, role, allowed, minimum, maximum, nullable, impute, meaning)


def _label(facts: Any, columns: tuple[Column, ...], where: str) -> Label | None:
    labels = [column.name for column in columns if column.role == "label"]
    if len(labels) > 1:
        raise SchemaError("two columns are labels: " + ", ".join(labels), where=where, expected="at most one")
    if facts is None:
        if labels:
            raise SchemaError(
                f"column {labels[0]!r} is a label, but 'label' is missing",
                where=where,
                expected="which values are positive and which negative",
            )
        return None
    _mapping(facts, _LABEL_KEYS, "label", where)
    name = _text(facts.get("column"), "label.column", where)
    column = next((column for column in columns if column.name == name), None)
    if column is None or column.role != "label":
        wanted = f"a column {name!r} whose role is 'label'"
        raise SchemaError(f"the label column {name!r} is not a label", where=where, expected=wanted)
    if column.type == "timestamp":
        raise SchemaError("the label is a timestamp", where=where, expected="classes")
    sides: list[tuple[Value, ...]] = []
    for key in ("positive", "negative"):
        given = facts.get(key)
        values = given if isinstance(given, list) else [given]
        if given is None or not values:
            raise SchemaError(f"label.{key} has no value", where=where)
        sides.append(_values(values, column.type, f"label.{key}", where))
    positive, negative = sides
    both = [value for value in positive if value in negative]
    if both:
        raise SchemaError(f"the label value {both[0]!r} is both positive and negative", where=where)
    if column.allowed is not None and set(column.allowed) != {*positive, *negative}:
        raise SchemaError(
            f"the allowed values of {name!r} are not its positive and negative values",
            where=where,
            expected=", ".join(repr(value) for value in (*positive, *negative)),
        )
    return Label(name, positive, negative)


def _group_by(given: Any, columns: tuple[Column, ...], where: str) -> str:
    groups = [column.name for column in columns if column.role == "group"]
    if given is None:
        return groups[0] if groups else "features"
    text = _text(given, "group_by", where)
    names = [column.name for column in columns if column.role != "ignore"]
    if text != "features" and text not in names and text.partition(":")[2] not in names:
        raise SchemaError(
            f"'group_by' names no column that is kept: {text!r}",
            where=where,
            expected="'features', a column, or a derivation such as 'host:url'",
        )
    derivation = text.partition(":")[0]
    if text != "features" and text not in names and derivation not in DERIVATIONS:
        near = difflib.get_close_matches(derivation, DERIVATIONS, n=1)
        raise SchemaError(
            f"'group_by' asks for the unknown derivation {derivation!r}: {text!r}"[:200],
            where=where,
            expected="one of " + ", ".join(f"'{known}:<column>'" for known in DERIVATIONS),
            remedy=f"did you mean {near[0]!r}?" if near else "",
        )
    return text


def _mapping(facts: Any, keys: tuple[str, ...], what: str, where: str) -> None:
    if not isinstance(facts, dict):
        raise SchemaError(f"{what} is not a mapping", where=where, expected="keys " + ", ".join(keys))
    for key in facts:
        if key not in keys:
            near = difflib.get_close_matches(str(key), keys, n=1)
            raise SchemaError(
                f"{what} has the unknown key {key!r}",
                where=where,
                expected="one of " + ", ".join(keys),
                remedy=f"did you mean {near[0]!r}?" if near else "",
            )


def _text(given: Any, what: str, where: str, *, empty: bool = False) -> str:
    if not isinstance(given, str) or "\0" in given or not (given or empty):
        raise SchemaError(f"'{what}' is not a text: {given!r}"[:200], where=where)
    return given


def _choice(given: Any, choices: Iterable[str], what: str, where: str) -> Any:
    if given not in tuple(choices):
        raise SchemaError(
            f"unknown {what} {given!r}"[:200], where=where, expected="one of " + ", ".join(choices)
        )
    return given


def _is(value: Any, kind: ColumnType) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, float) and not math.isfinite(value):
        return False
    if isinstance(value, int) and kind == "integer" and not -(2**63) <= value < 2**63:
        return False
    return isinstance(value, _PYTHON_TYPES[kind])


def _bound(given: Any, kind: ColumnType, key: str, where: str) -> int | float | None:
    if given is None:
        return None
    if kind not in ("integer", "number"):
        raise SchemaError(f"a {kind} has no {key}", where=where, expected="an integer or a number")
    if not _is(given, kind):
        raise SchemaError(f"the {key} {given!r} is not of type {kind}", where=where)
    bound: int | float = given
    return bound


def _values(given: list[Any], kind: ColumnType, what: str, where: str) -> tuple[Value, ...]:
    for value in given:
        if not _is(value, kind):
            raise SchemaError(f"the value {value!r} of '{what}' is not of type {kind}"[:200], where=where)
        if given.count(value) > 1:
            raise SchemaError(f"the value {value!r} of '{what}' is there twice", where=where)
    return tuple(given)
