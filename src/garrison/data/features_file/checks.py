"""The small questions asked of every value in a features file; each "no" is a ``SchemaError`` that says where."""

import datetime
import difflib
import math
from collections.abc import Iterable
from typing import Any

from garrison.data.schema import NOW, ColumnType, Value
from garrison.errors import SchemaError

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "boolean": (bool,),
    "timestamp": (),
}


def mapping(facts: Any, keys: tuple[str, ...], what: str, where: str) -> None:
    """Refuse what is no mapping, or has a key that is not known."""
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


def text(given: Any, what: str, where: str, *, empty: bool = False) -> str:
    """A text without NUL characters."""
    if not isinstance(given, str) or "\0" in given or not (given or empty):
        raise SchemaError(f"'{what}' is not a text: {given!r}"[:200], where=where)
    return given


def choice(given: Any, choices: Iterable[str], what: str, where: str) -> Any:
    """One of the choices."""
    if given not in tuple(choices):
        raise SchemaError(
            f"unknown {what} {given!r}"[:200], where=where, expected="one of " + ", ".join(choices)
        )
    return given


def is_of(value: Any, kind: ColumnType) -> bool:
    """Whether a JSON value is of a column's type."""
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, float) and not math.isfinite(value):
        return False
    if isinstance(value, int) and kind == "integer" and not -(2**63) <= value < 2**63:
        return False
    return isinstance(value, _PYTHON_TYPES[kind])


def bound(given: Any, kind: ColumnType, key: str, where: str) -> int | float | str | None:
    """A minimum or maximum: a number, or for a timestamp its ISO 8601 text or ``now``."""
    if given is None:
        return None
    if kind == "timestamp":
        return _moment(given, key, where)
    if kind not in ("integer", "number"):
        raise SchemaError(
            f"a {kind} has no {key}", where=where, expected="an integer, a number or a timestamp"
        )
    if not is_of(given, kind):
        raise SchemaError(f"the {key} {given!r} is not of type {kind}", where=where)
    number: int | float = given
    return number


def _moment(given: Any, key: str, where: str) -> str:
    if given == NOW:
        return NOW
    try:
        moment = datetime.datetime.fromisoformat(given)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        moment.astimezone(datetime.UTC)
    except (TypeError, ValueError, OverflowError):
        raise SchemaError(
            f"the {key} {given!r} is no time"[:200], where=where, expected="2024-01-31T00:00:00+00:00, or now"
        ) from None
    return moment.isoformat()


def flag(facts: dict[str, Any], key: str, where: str) -> bool:
    """A truth value, false where it is not given."""
    given = facts.get(key, False)
    if not isinstance(given, bool):
        raise SchemaError(f"{key!r} is neither true nor false", where=where)
    return given


def values(given: list[Any], kind: ColumnType, what: str, where: str) -> tuple[Value, ...]:
    """A list of distinct values of a column's type."""
    for value in given:
        if not is_of(value, kind):
            raise SchemaError(f"the value {value!r} of '{what}' is not of type {kind}"[:200], where=where)
        if given.count(value) > 1:
            raise SchemaError(f"the value {value!r} of '{what}' is there twice", where=where)
    return tuple(given)
