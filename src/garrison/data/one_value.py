"""One value as a schema's type, without a column around it: for events that come one at a time.

Only what is plainly a value of the type is read here. Everything else raises ``Unsure``: whoever asked then holds the
event against the schema as a table of one row, which knows every spelling and says what is wrong.
"""

import datetime
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from garrison.data.schema import Column, ColumnType

LARGEST_WHOLE = 2**53
"""Whole numbers beyond this may not be told from their neighbours as float64."""
LARGEST = 1e60
"""Numbers beyond this are left to the table."""

_EPOCH = datetime.datetime(1970, 1, 1)
_MICROSECOND = datetime.timedelta(microseconds=1)
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,17})?(?:[eE][+-]?[0-9]{1,2})?")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|\+00:00)?"
)

FLOATS = (float, np.float64)
WHOLES = (int, np.int64)
"""The very types, none that only derive from them: truth values are no numbers."""


class Unsure(Exception):
    """Whether the value is what the schema says is for the table to decide."""


def integer(value: Any) -> int | None:
    """A whole number, None where it is missing.

    >>> integer(3.0), integer("-12"), integer(None)
    (3, -12, None)
    """
    kind = type(value)
    if kind in WHOLES:
        found = int(value)
    elif kind in FLOATS:
        if math.isnan(value):
            return None
        if not float(value).is_integer():
            raise Unsure
        found = int(value)
    elif kind is str and _INTEGER.fullmatch(value):
        found = int(value)
    elif value is None:
        return None
    else:
        raise Unsure
    if not -LARGEST_WHOLE < found < LARGEST_WHOLE:
        raise Unsure
    return found


def number(value: Any) -> float | None:
    """A finite number, None where it is missing; NaN is missing.

    >>> number(3), number("1.5e3"), number(float("nan"))
    (3.0, 1500.0, None)
    """
    kind = type(value)
    if kind in FLOATS or kind in WHOLES:
        if value != value:  # noqa: PLR0124 (NaN; a whole number of 400 digits is no float to be asked)
            return None
        if not -LARGEST <= value <= LARGEST:
            raise Unsure
        return float(value)
    if kind is str and _NUMBER.fullmatch(value):
        return number(float(value))
    if value is None:
        return None
    raise Unsure


def truth(value: Any) -> bool | None:
    """True or false, None where it is missing."""
    if type(value) is bool or value is None:
        return value
    if type(value) in WHOLES and (value == 0 or value == 1):  # noqa: PLR1714 (no hash is made)
        return bool(value)
    raise Unsure


def text(value: Any) -> str | None:
    """A text without NUL that can be written in UTF-8, None where it is missing."""
    if value is None:
        return None
    if type(value) is not str or "\0" in value:
        raise Unsure
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise Unsure from error
    return value


def moment(value: Any) -> int | None:
    """Microseconds since 1970, UTC, None where it is missing.

    >>> moment("1970-01-01T00:00:01Z"), moment("1970-01-01 00:00:00.5")
    (1000000, 500000)
    """
    if value is None:
        return None
    if type(value) is str:
        if not _MOMENT.fullmatch(value):
            raise Unsure
        try:
            found = datetime.datetime.fromisoformat(value[:19])
        except ValueError as error:
            raise Unsure from error
        part = value[20:].rstrip("Z").partition("+")[0] if value[19:20] == "." else ""
        return (found - _EPOCH) // _MICROSECOND + int(part.ljust(6, "0")) if part else _whole(found)
    if type(value) is datetime.datetime:
        if value.tzinfo is not None and value.tzinfo is not datetime.UTC:
            raise Unsure
        return _whole(value.replace(tzinfo=None))
    raise Unsure


def _whole(found: datetime.datetime) -> int:
    return (found - _EPOCH) // _MICROSECOND


READERS: dict[ColumnType, Callable[[Any], Any]] = {
    "integer": integer,
    "number": number,
    "string": text,
    "boolean": truth,
    "timestamp": moment,
}
"""How a value of each type is read; a moment as microseconds."""


def reader(column: Column) -> Callable[[Any], Any]:
    """What reads a value of ``column``, bounds and all: the value, None where it is missing and may be.

    ``Unsure`` where the value may not be what the column says.

    >>> port = reader(Column("port", "integer", minimum=0, maximum=65535))
    >>> port(443)
    443
    """
    read, nullable = READERS[column.type], column.nullable
    if column.type == "timestamp" and column.allowed is not None:
        return _never
    allowed = None if column.allowed is None else frozenset(column.allowed)
    low, high = bound(column.minimum), bound(column.maximum)
    if low is None and high is None and allowed is None:

        def plain(value: Any) -> Any:
            found = read(value)
            if found is None and not nullable:
                raise Unsure
            return found

        return plain

    def bounded(value: Any) -> Any:
        found = read(value)
        if found is None:
            if not nullable:
                raise Unsure
            return None
        if (
            (allowed is not None and not is_among(found, allowed))
            or (low is not None and found < low())
            or (high is not None and found > high())
        ):
            raise Unsure
        return found

    return bounded


def is_among(value: Any, allowed: frozenset[Any]) -> bool:
    """Whether a value is one of those allowed, as a table has it: minus zero is not zero."""
    return value in allowed and (bool(value) or type(value) not in FLOATS or math.copysign(1.0, value) > 0)


def _never(value: Any) -> Any:  # noqa: ARG001
    raise Unsure


def bound(given: int | float | str | None) -> Callable[[], Any] | None:
    """What gives a bound as ``READERS`` give values; the time of day where it is ``now``."""
    if given is None:
        return None
    if not isinstance(given, str):
        return lambda: given
    if given == "now":
        return lambda: _whole(datetime.datetime.now(datetime.UTC).replace(tzinfo=None))
    fixed_moment = datetime.datetime.fromisoformat(given)
    if fixed_moment.tzinfo is not None:
        fixed_moment = fixed_moment.astimezone(datetime.UTC).replace(tzinfo=None)
    fixed = _whole(fixed_moment)
    return lambda: fixed
