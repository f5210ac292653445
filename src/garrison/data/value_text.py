"""Values as a column, and as text where they are of several kinds: the same alone, among their kind, or among others.

Whole numbers are written without a point or an exponent up to 2**63, others as Python and JSON write them, truth values
as JSON does.
"""

import contextlib
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

_LARGEST = 2.0**63
_TRUTHS = {bool, np.bool_}


def value_text(value: Any) -> str | None:
    """One value as text; None stays None. What UTF-8 cannot hold becomes a question mark.

    >>> value_text(80.0), value_text(True), value_text(-0.0), value_text(1e300), value_text("080")
    ('80', 'true', '0', '1e+300', '080')
    """
    if value is None or (type(value) is str and value.isascii()):
        return value
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if math.isfinite(value) and value.is_integer() and -_LARGEST <= value < _LARGEST:
            return str(int(value))
        return repr(value)
    return str(value).encode("utf-8", "replace").decode()


def texts_of(values: Iterable[Any]) -> pa.Array:
    """Values of several kinds as an Arrow array of strings."""
    return pa.array([value_text(value) for value in values], pa.string())


def column_of(values: Sequence[Any]) -> pa.Array:
    """Values as Arrow finds them where they are of one kind, and else as text: none depends on what stands beside it.

    Arrow would take a truth value among numbers for a number.

    >>> column_of([1, 2.5]).to_pylist(), column_of([True, 1]).to_pylist()
    ([1.0, 2.5], ['true', '1'])
    """
    kinds = {*map(type, values)} - {type(None)}
    if kinds <= _TRUTHS or not kinds & _TRUTHS:
        with contextlib.suppress(pa.ArrowException, TypeError, ValueError, OverflowError):
            return pa.array(values)
    return texts_of(values)


def number_texts(values: pa.Array) -> pa.Array:
    """A column of numbers or truth values as strings; floats of 32 bits and less in as many digits as they have.

    >>> number_texts(pa.array([80.0, None, 123456789012.5])).to_pylist()
    ['80', None, '123456789012.5']
    """
    return texts_of(values.to_pylist()) if pa.types.is_float64(values.type) else values.cast(pa.string())
