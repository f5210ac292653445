"""Relations between columns, as a features file names them, with every contradiction found."""

from typing import Any

import numpy as np

from garrison.data.arithmetic import Span
from garrison.data.features_file.checks import mapping, text
from garrison.data.relation_spec import Relation, TextCondition
from garrison.data.schema import Column
from garrison.errors import SchemaError

_KEYS = ("holds", "when", "within", "relative")
_NUMBERS = ("integer", "number", "boolean")
MOST = 200
"""Relations that a features file may have."""


def read_relations(given: Any, columns: tuple[Column, ...], where: str) -> tuple[Relation, ...]:
    """The entries of ``relations``: ``{"holds": "smean = sbytes / spkts", "within": 0.5}``, or the text alone."""
    rows = [] if given is None else given
    if not isinstance(rows, list) or len(rows) > MOST:
        raise SchemaError(
            "'relations' is not a list of relations",
            where=where,
            expected=f'at most {MOST} of them, as {{"holds": "smean = sbytes / spkts", "within": 0.5}}',
        )
    found = tuple(_read(row, columns, where) for row in rows)
    _check_given(found, columns, where)
    for one in found:
        _check_possible(one, columns, where)
    return found


def _read(row: Any, columns: tuple[Column, ...], where: str) -> Relation:
    facts = {"holds": row} if isinstance(row, str) else row
    mapping(facts, _KEYS, "a relation", where)
    slack = {}
    for key in ("within", "relative"):
        value = facts.get(key, 0.0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
            raise SchemaError(
                f"a relation's {key!r} is {value!r}"[:200], where=where, expected="a number from 0"
            )
        slack[key] = float(value)
    holds = text(facts.get("holds"), "holds", where)
    when = facts.get("when", [])
    when = when if isinstance(when, list) else [when]
    relation = Relation(holds, tuple(text(each, "when", where) for each in when), **slack)
    here = f"{where}: relation {holds!r}"[:300] if where else f"relation {holds!r}"
    try:
        names, conditions = relation.comparison.names, relation.conditions
    except SchemaError as error:
        raise SchemaError(error.what, where=here, expected=error.expected) from error
    if not names:
        raise SchemaError("a relation names no column", where=here, expected="the name of a feature")
    for name in names:
        _feature(name, _NUMBERS, columns, here)
    for condition in conditions:
        for name in (condition.name,) if isinstance(condition, TextCondition) else condition.names:
            _feature(name, ("string",) if isinstance(condition, TextCondition) else _NUMBERS, columns, here)
    return relation


def _feature(name: str, kinds: tuple[str, ...], columns: tuple[Column, ...], where: str) -> None:
    fitting = [column.name for column in columns if column.role == "feature" and column.type in kinds]
    if name not in fitting:
        raise SchemaError(
            f"{name!r} is no feature of type {' or '.join(kinds)}"[:200],
            where=where,
            expected="one of " + ", ".join(fitting),
        )


def _check_given(relations: tuple[Relation, ...], columns: tuple[Column, ...], where: str) -> None:
    """Refuse two relations that give one column everywhere, columns that give each other, and what may not follow."""
    attackers = {column.name: column.attacker for column in columns}
    always = [one for one in relations if one.gives and not one.when]
    for place, one in enumerate(always):
        for other in always[:place]:
            if one.gives == other.gives:
                raise SchemaError(
                    f"two relations give {one.gives!r}: {other.holds!r} and {one.holds!r}",
                    where=where,
                    expected="one, or a 'when' for each",
                )
    made = {
        name: {
            part
            for one in relations
            if one.gives == name
            for part in (*one.comparison.right.names, *one.asked)
        }
        for name in dict.fromkeys(one.gives for one in relations if one.gives)
    }
    for name, parts in made.items():
        reached, further = set(parts), set(parts)
        while further:
            further = {part for each in further for part in made.get(each, ())} - reached
            reached |= further
        if name in reached:
            raise SchemaError(
                f"{name!r} is made of itself, by way of relations",
                where=where,
                expected="columns that are given by others",
            )
    for one in relations:
        attacker = attackers.get(one.gives)
        sources = (*one.comparison.right.names, *one.asked)
        movable = [name for name in sources if _changes(attackers.get(name))]
        if one.gives and attacker is not None and attacker.change == "none" and movable:
            raise SchemaError(
                f"the relation {one.holds!r} contradicts the attacker of {one.gives!r}: it follows from "
                f"{', '.join(movable)}, which can be changed, and is out of reach itself",
                where=where,
                expected=f"'change' other than none for {one.gives!r}, or none for {', '.join(movable)}",
            )


def _changes(attacker: Any) -> bool:
    return attacker is not None and attacker.change != "none"


def _check_possible(relation: Relation, columns: tuple[Column, ...], where: str) -> None:
    """Refuse a relation that no values within the columns' bounds can meet."""
    spans = {column.name: _span(column) for column in columns}
    one = relation.comparison
    (low, high), (least, most) = one.left.span(spans), one.right.span(spans)
    size = np.maximum(np.abs(least), np.abs(most))
    slack = relation.within + (relation.relative * size if relation.relative else 0.0)
    never = (one.sign in ("=", "<=") and bool((low > most + slack).any())) or (
        one.sign in ("=", ">=") and bool((high < least - slack).any())
    )
    if never:
        named = ", ".join(f"{name} from {spans[name][0][0]:g} to {spans[name][1][0]:g}" for name in one.names)
        raise SchemaError(
            f"the relation {relation.holds!r} contradicts the bounds of its columns: {named}",
            where=where,
            expected="bounds within which it can hold",
        )


def _span(column: Column) -> Span:
    low = column.minimum if isinstance(column.minimum, int | float) else -np.inf
    high = column.maximum if isinstance(column.maximum, int | float) else np.inf
    if column.allowed is not None and column.type in _NUMBERS:
        numbers = [float(value) for value in column.allowed if not isinstance(value, str)]
        low, high = max(low, min(numbers)), min(high, max(numbers))
    return np.array([float(low)]), np.array([float(high)])
