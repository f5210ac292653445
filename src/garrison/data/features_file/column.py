"""One column of a features file."""

import datetime
from typing import Any, get_args

from garrison.data.features_file.checks import bound, choice, flag, mapping, text, values
from garrison.data.schema import NOW, Attacker, Change, Column, ColumnType, Impute, Role, Value
from garrison.errors import SchemaError

KEYS = (
    "name",
    "type",
    "role",
    "allowed",
    "minimum",
    "maximum",
    "nullable",
    "optional",
    "impute",
    "pseudonym",
    "attacker",
    "meaning",
)
_ATTACKER_KEYS = ("change", "minimum", "maximum")
_TRUTH = ("label", "attack")
_HIDING = ("context", "group", "ignore")

Bound = int | float | str | None


def read_column(facts: Any, place: int, where: str) -> Column:
    """The column that the mapping at ``place``, from 1, describes."""
    mapping(facts, KEYS, f"column {place}", where)
    name = text(facts.get("name"), f"name of column {place}", where)
    where = f"{where}: column {name!r}" if where else f"column {name!r}"
    kind: ColumnType = choice(facts.get("type"), get_args(ColumnType), "type", where)
    role: Role = choice(facts.get("role", "feature"), get_args(Role), "role", where)
    impute: Impute = choice(facts.get("impute", "refuse"), get_args(Impute), "impute", where)
    optional, pseudonym = flag(facts, "optional", where), flag(facts, "pseudonym", where)
    nullable = flag(facts, "nullable", where) or optional
    if nullable and role == "label":
        raise SchemaError("the label is nullable", where=where, expected="a label in every row")
    if role == "attack" and kind != "string":
        raise SchemaError(f"the attack's name is of type {kind}", where=where, expected="a string")
    if pseudonym and (kind != "string" or role not in _HIDING):
        raise SchemaError(
            "a pseudonym stands in a column that it cannot stand in",
            where=where,
            expected="a string whose role is context, group or ignore",
            remedy="a model must not learn addresses; give the column the role context",
        )
    if impute in ("knn", "median") and kind in ("string", "timestamp"):
        raise SchemaError(
            f"a {kind} cannot be imputed by {impute}", where=where, expected="refuse, mode or constant"
        )
    minimum, maximum = (bound(facts.get(key), kind, key, where) for key in ("minimum", "maximum"))
    _check_order(minimum, maximum, where)
    allowed = None
    if facts.get("allowed") is not None:
        if not isinstance(facts["allowed"], list) or not facts["allowed"]:
            raise SchemaError("'allowed' is not a list of values", where=where)
        allowed = values(facts["allowed"], kind, "allowed", where)
        for value in allowed:
            if _outside(value, minimum, maximum):
                raise SchemaError(f"the allowed value {value!r} is outside the range", where=where)
    meaning = text(facts.get("meaning", ""), "meaning", where, empty=True)
    attacker = _attacker(facts.get("attacker"), kind, role, where)
    _check_reach(attacker, minimum, maximum, where)
    return Column(
        name,
        kind,
        role,
        allowed,
        minimum,
        maximum,
        nullable,
        impute,
        meaning,
        optional=optional,
        pseudonym=pseudonym,
        attacker=attacker,
    )


def _outside(value: Value, minimum: Bound, maximum: Bound) -> bool:
    if isinstance(value, str):
        return False
    low = isinstance(minimum, int | float) and value < minimum
    return low or (isinstance(maximum, int | float) and value > maximum)


def _check_order(minimum: Bound, maximum: Bound, where: str) -> None:
    if minimum is None or maximum is None:
        return
    if isinstance(minimum, str) or isinstance(maximum, str):
        now = datetime.datetime.now(datetime.UTC)
        low, high = (
            now if each == NOW else datetime.datetime.fromisoformat(str(each)) for each in (minimum, maximum)
        )
        wrong = low > high
    else:
        wrong = minimum > maximum
    if wrong:
        raise SchemaError(f"the minimum {minimum} is above the maximum {maximum}", where=where)


def _attacker(facts: Any, kind: ColumnType, role: Role, where: str) -> Attacker | None:
    if facts is None:
        return None
    if role in _TRUTH:
        raise SchemaError("an attacker cannot change the truth", where=where, remedy="remove 'attacker'")
    mapping(facts, _ATTACKER_KEYS, "'attacker'", where)
    change: Change = choice(facts.get("change"), get_args(Change), "change", where)
    if change in ("up", "down") and kind not in ("integer", "number", "timestamp"):
        raise SchemaError(f"a {kind} has no direction {change!r}", where=where, expected="none or both")
    if kind == "timestamp" and {"minimum", "maximum"} & facts.keys():
        raise SchemaError("an attacker's bounds of a timestamp cannot be given", where=where)
    low, high = (bound(facts.get(key), kind, f"attacker's {key}", where) for key in ("minimum", "maximum"))
    if change == "none" and (low is not None or high is not None):
        raise SchemaError("an attacker cannot change the value, but has bounds", where=where)
    _check_order(low, high, where)
    return Attacker(change, _number(low), _number(high))


def _check_reach(attacker: Attacker | None, minimum: Bound, maximum: Bound, where: str) -> None:
    """Refuse bounds of an attacker that lie wholly outside those of the column."""
    if attacker is None:
        return
    for low, high in ((attacker.minimum, maximum), (minimum, attacker.maximum)):
        if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
            raise SchemaError(
                f"the attacker's bounds contradict the column's: {low} is above {high}",
                where=where,
                expected="values that are allowed to both",
            )


def _number(given: Bound) -> int | float | None:
    return None if isinstance(given, str) else given
