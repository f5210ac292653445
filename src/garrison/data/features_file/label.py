"""Which values of the label are positive and which negative."""

from typing import Any

from garrison.data.features_file.checks import mapping, text, values
from garrison.data.schema import OTHERS, Column, Label, Value
from garrison.errors import SchemaError

_KEYS = ("column", "positive", "negative")


def read_label(facts: Any, columns: tuple[Column, ...], where: str) -> Label | None:
    """Which column says the truth, and by which values; None where no column does."""
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
    mapping(facts, _KEYS, "label", where)
    name = text(facts.get("column"), "label.column", where)
    column = next((column for column in columns if column.name == name), None)
    if column is None or column.role != "label":
        wanted = f"a column {name!r} whose role is 'label'"
        raise SchemaError(f"the label column {name!r} is not a label", where=where, expected=wanted)
    if column.type == "timestamp":
        raise SchemaError("the label is a timestamp", where=where, expected="classes")
    sides: list[tuple[Value, ...]] = []
    for key in ("positive", "negative"):
        given = facts.get(key)
        listed = given if isinstance(given, list) else [given]
        if given is None or not listed:
            raise SchemaError(f"label.{key} has no value", where=where)
        if listed == [OTHERS] and key == "positive":
            sides.append((OTHERS,))
            continue
        if OTHERS in listed:
            raise SchemaError(
                f"label.{key} is {given!r}, and {OTHERS!r} stands for every value that is not negative"[:200],
                where=where,
                expected=f"{OTHERS!r} alone, and as label.positive",
            )
        sides.append(values(listed, column.type, f"label.{key}", where))
    positive, negative = sides
    both = [value for value in positive if value in negative]
    if both:
        raise SchemaError(f"the label value {both[0]!r} is both positive and negative", where=where)
    if column.allowed is not None and positive == (OTHERS,) and not {*negative} < {*column.allowed}:
        raise SchemaError(
            f"the allowed values of {name!r} do not have the negative ones and others beside them",
            where=where,
            expected=", ".join(map(repr, negative)) + " and one value more",
        )
    if column.allowed is not None and positive != (OTHERS,) and set(column.allowed) != {*positive, *negative}:
        raise SchemaError(
            f"the allowed values of {name!r} are not its positive and negative values",
            where=where,
            expected=", ".join(repr(value) for value in (*positive, *negative)),
        )
    return Label(name, positive, negative)
