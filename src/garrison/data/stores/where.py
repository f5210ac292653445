"""Which rows: a conjunction of comparisons that each store translates into its own language."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Self, get_args

import pyarrow as pa

from garrison.errors import UsageError

Op = Literal["==", "!=", "<", "<=", ">", ">=", "in"]
Value = str | int | float | bool | datetime

_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Condition:
    """One comparison of a column with a value, or with a tuple of values for ``in``. A null never passes."""

    column: str
    op: Op
    value: Value | tuple[Value, ...]

    def __post_init__(self) -> None:
        if self.op not in get_args(Op):
            raise UsageError(f"unknown comparison {self.op!r}", expected="one of: " + " ".join(get_args(Op)))
        if (self.op == "in") != isinstance(self.value, tuple):
            raise UsageError(
                f"{self.column} {self.op} {self.value!r}",
                expected="a tuple of values with 'in', else one value",
            )
        for value in self.values:
            if not isinstance(value, Value) or (isinstance(value, float) and math.isnan(value)):
                raise UsageError(
                    f"{self.column} {self.op}: cannot compare with {value!r}",
                    expected="a string, integer, number, bool or datetime",
                )

    @property
    def values(self) -> tuple[Value, ...]:
        """The value or values compared with."""
        return self.value if isinstance(self.value, tuple) else (self.value,)


@dataclass(frozen=True)
class Where:
    """Rows for which every condition holds; no condition means every row.

    >>> rows = Where.of("bytes", ">=", 100) & Where.of("protocol", "in", ["tcp", "udp"])
    >>> print(rows)
    bytes >= 100 and protocol in ('tcp', 'udp')
    """

    conditions: tuple[Condition, ...] = ()

    @classmethod
    def of(cls, column: str, op: Op, value: Value | Iterable[Value]) -> Self:
        """Make one condition; ``in`` takes any iterable of values. Raises UsageError for another op or value."""
        if isinstance(value, Value):
            return cls((Condition(column, op, value),))
        values = tuple(value) if isinstance(value, Iterable) else value
        return cls((Condition(column, op, values),))

    def __and__(self, other: "Where") -> "Where":
        return Where(self.conditions + other.conditions)

    def __str__(self) -> str:
        return " and ".join(f"{c.column} {c.op} {c.value!r}" for c in self.conditions) or "every row"

    def fitted(self, schema: pa.Schema, *, collection: str) -> "Where":
        """Give the same conditions, checked against the columns: UsageError for an unknown column or another type."""
        return Where(tuple(_fitted(condition, schema, collection) for condition in self.conditions))


def _fitted(condition: Condition, schema: pa.Schema, collection: str) -> Condition:
    if condition.column not in schema.names:
        raise UsageError(
            f"no column {condition.column!r} to compare",
            where=f"collection {collection}",
            expected="one of: " + ", ".join(schema.names),
        )
    kind = schema.field(condition.column).type
    values = tuple(_value_for(value, kind, condition.column) for value in condition.values)
    return Condition(condition.column, condition.op, values if condition.op == "in" else values[0])


def _value_for(value: Value, kind: pa.DataType, column: str) -> Value:
    if pa.types.is_string(kind):
        fits, expected = isinstance(value, str), "a string"
    elif pa.types.is_boolean(kind):
        fits, expected = isinstance(value, bool), "True or False"
    elif pa.types.is_timestamp(kind):
        aware = kind.tz is not None
        expected = "a datetime with a time zone" if aware else "a datetime without a time zone"
        fits = isinstance(value, datetime) and (value.tzinfo is not None) == aware
    else:
        fits, expected = isinstance(value, int | float) and not isinstance(value, bool), "a number"
        fits = fits and (not isinstance(value, int) or value in _INT64)
    if not fits:
        raise UsageError(
            f"column {column!r} holds {kind}, it cannot be compared with {value!r}", expected=expected
        )
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    return value
