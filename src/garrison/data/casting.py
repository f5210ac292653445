"""A column of any Arrow type made into one of the schema's types, with those that cannot be told apart.

Text is taken to be untrusted bytes. Around numbers, booleans and timestamps white space is ignored, and the
usual spellings of a missing value (empty, NA, N/A, NaN, null, None) are read as missing; a NaN is missing
too.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from garrison.data.schema import ARROW_TYPES, ColumnType
from garrison.data.text_bytes import check_text_bytes
from garrison.data.value_text import number_texts

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
"""The texts read as a missing number, boolean or timestamp."""

Mask = NDArray[np.bool_]

_NAMES = {
    "integer": "not an integer",
    "number": "not a number",
    "string": "not a text",
    "boolean": "not true or false",
    "timestamp": "not a timestamp",
}
_READ = {
    "timestamp": "times in ISO 8601, as 2026-01-02T03:04:05Z or 2026-01-02 03:04:05+01:00, UTC where there is no zone; "
    "seconds since 1970 and a web server's 02/Jan/2026:03:04:05 +0000 have to be rewritten",
    "boolean": "true, false, 1 or 0",
}
_SHAPES = {
    "integer": r"\A(-?0*[0-9]{1,19}|-?0[xX][0-9a-fA-F]{1,16})\z",
    "number": r"(?i)\A[+-]?([0-9]+\.?[0-9]*(e[+-]?[0-9]+)?|\.[0-9]+(e[+-]?[0-9]+)?|inf|infinity|nan)\z",
    "boolean": r"(?i)\A(true|false|0|1)\z",
    "timestamp": r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:]{2,8}(\.[0-9]+)?([zZ]|[+-][0-9:]{2,5})?)?\z",
}
_ZONED = r"[T ].*([zZ]|[+-][0-9:]{2,5})\z"
_NAIVE = pa.timestamp("us")


@dataclass(frozen=True)
class Cast:
    """A typed column, null where a value could not be had, and why: each reason with its rows, (n,) bool."""

    values: pa.Array
    faults: tuple[tuple[str, Mask], ...] = ()


def cast_column(values: pa.Array, kind: ColumnType) -> Cast:
    """The values as ``kind``, and which of them are not of it.

    >>> cast = cast_column(pa.array(["1", " 2", "x", "NA"]), "integer")
    >>> cast.values.to_pylist(), [(reason, rows.tolist()) for reason, rows in cast.faults]
    ([1, 2, None, None], [('not an integer', [False, False, True, False])])
    """
    values = plain(values)
    if pa.types.is_null(values.type):
        return Cast(pa.nulls(len(values), ARROW_TYPES[kind]))
    if pa.types.is_string(values.type):
        if kind == "string":
            return _text(values)
        return _timestamps_in_text(values) if kind == "timestamp" else _parsed(values, kind)
    by_kind = {
        "integer": _integers,
        "number": _numbers,
        "string": _as_text,
        "boolean": _booleans,
        "timestamp": _timestamps,
    }
    return by_kind[kind](values)


def what_is_read(reason: str) -> str:
    """How the values are written that are read, where ``reason`` says that one was not; "" where that is plain.

    >>> what_is_read("at: not a timestamp")[:38], what_is_read("port: negative")
    ('times in ISO 8601, as 2026-01-02T03:04', '')
    """
    return next((read for kind, read in _READ.items() if reason.endswith(_NAMES[kind])), "")


def untrusted_text(values: pa.Array) -> pa.Array:
    """Binary data of any kind as Arrow strings whose UTF-8 is not checked."""
    return values.cast(pa.binary()).view(pa.string())


def plain(values: pa.Array) -> pa.Array:
    """The values without dictionary encoding, and text or bytes of any kind as unchecked Arrow strings.

    ``DataError`` for more text than an Arrow string array can hold.
    """
    check_text_bytes(values)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    kind = values.type
    textual = pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_binary_view(kind)
    if (
        textual
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    ):
        return untrusted_text(values)
    return values


def _cast_apart(values: pa.Array, target: pa.DataType) -> tuple[pa.Array, Mask]:
    """The cast values, and which could not be cast, found by halving."""
    if values.type.equals(target):
        return values, np.zeros(len(values), dtype=bool)
    try:
        return values.cast(target), np.zeros(len(values), dtype=bool)
    except pa.ArrowInvalid:
        if len(values) == 1:
            return pa.nulls(1, target), np.ones(1, dtype=bool)
    half = len(values) // 2
    left, right = _cast_apart(values[:half], target), _cast_apart(values[half:], target)
    return pa.concat_arrays([left[0], right[0]]), np.concatenate([left[1], right[1]])


def _mask(values: pa.Array) -> Mask:
    mask: Mask = pc.fill_null(values, False).to_numpy(zero_copy_only=False).astype(bool)
    return mask


def _cast(values: pa.Array, *faults: tuple[str, Mask]) -> Cast:
    return Cast(values, tuple((reason, rows) for reason, rows in faults if rows.any()))


def _none_of(values: pa.Array, kind: ColumnType) -> Cast:
    return _cast(pa.nulls(len(values), ARROW_TYPES[kind]), (_NAMES[kind], _mask(values.is_valid())))


def _has_nul(values: pa.Array) -> Mask:
    return _mask(pc.match_substring(values, "\0"))


def _text(values: pa.Array) -> Cast:
    text, bad = _cast_apart(values.view(pa.binary()), pa.string())
    return _cast(text, ("not valid UTF-8", bad), ("NUL byte", _has_nul(text)))


def _as_text(values: pa.Array) -> Cast:
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_floating(kind):
        return _cast(number_texts(values))
    return _none_of(values, "string")


def _trimmed(values: pa.Array) -> pa.Array:
    trimmed = pc.ascii_trim_whitespace(values)
    return pc.if_else(pc.is_in(trimmed, value_set=pa.array(MISSING)), pa.scalar(None, pa.string()), trimmed)


def _shaped(values: pa.Array, kind: ColumnType) -> tuple[pa.Array, Mask, Mask]:
    """Trimmed text where it may be of the kind; where it surely is not; and where a NUL byte is why."""
    trimmed = _trimmed(values)
    shaped = pc.match_substring_regex(trimmed, _SHAPES[kind])
    wrong = _mask(pc.invert(shaped))
    return pc.if_else(shaped, trimmed, pa.scalar(None, pa.string())), wrong, _has_nul(trimmed)


def _parsed(values: pa.Array, kind: ColumnType) -> Cast:
    try:
        typed, faults = values.cast(ARROW_TYPES[kind]), []
    except pa.ArrowInvalid:
        shaped, wrong, nul = _shaped(values, kind)
        typed, overflow = _cast_apart(shaped, ARROW_TYPES[kind])
        faults = [("NUL byte", nul), (_NAMES[kind], (wrong | overflow) & ~nul)]
    if kind == "number":
        numbers = _finite(typed)
        return _cast(numbers.values, *faults, *numbers.faults)
    return _cast(typed, *faults)


def _timestamps_in_text(values: pa.Array) -> Cast:
    shaped, wrong, nul = _shaped(values, "timestamp")
    shaped = pc.replace_substring_regex(shaped, r"(\.[0-9]{6})[0-9]+", r"\1")
    zoned = pc.match_substring_regex(shaped, _ZONED)
    nothing = pa.scalar(None, pa.string())
    with_zone, wrong_zoned = _cast_apart(pc.if_else(zoned, shaped, nothing), ARROW_TYPES["timestamp"])
    naive, wrong_naive = _cast_apart(pc.if_else(zoned, nothing, shaped), _NAIVE)
    typed = pc.coalesce(with_zone, naive.cast(ARROW_TYPES["timestamp"]))
    wrong = (wrong | wrong_zoned | wrong_naive) & ~nul
    return _cast(typed, ("NUL byte", nul), (_NAMES["timestamp"], wrong))


def _integers(values: pa.Array) -> Cast:
    kind = values.type
    if pa.types.is_integer(kind):
        typed, overflow = _cast_apart(values, pa.int64())
        return _cast(typed, (_NAMES["integer"], overflow))
    if not (pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return _none_of(values, "integer")
    numbers = _finite(values.cast(pa.float64(), safe=False))
    whole = pc.and_(
        pc.equal(pc.round(numbers.values), numbers.values),
        pc.and_(pc.greater_equal(numbers.values, -(2.0**63)), pc.less(numbers.values, 2.0**63)),
    )
    nothing = pa.scalar(None, pa.float64())
    typed = pc.if_else(whole, numbers.values, nothing).cast(pa.int64(), safe=False)
    return _cast(typed, *numbers.faults, (_NAMES["integer"], _mask(pc.invert(whole))))


def _numbers(values: pa.Array) -> Cast:
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _finite(values.cast(pa.float64(), safe=False))
    return _none_of(values, "number")


def _finite(values: pa.Array) -> Cast:
    if pc.all(pc.is_finite(values)).as_py() is not False:
        return Cast(values)
    infinite = pc.is_inf(values)
    kept = pc.if_else(pc.is_finite(values), values, pa.scalar(None, pa.float64()))
    return _cast(kept, ("infinite", _mask(infinite)))


def _booleans(values: pa.Array) -> Cast:
    if pa.types.is_boolean(values.type):
        return Cast(values)
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    elif not pa.types.is_integer(values.type):
        return _none_of(values, "boolean")
    one = pc.equal(values, 1)
    known = pc.or_(one, pc.equal(values, 0))
    typed = pc.if_else(known, one, pa.scalar(None, pa.bool_()))
    return _cast(typed, (_NAMES["boolean"], _mask(pc.invert(known))))


def _timestamps(values: pa.Array) -> Cast:
    kind = values.type
    if pa.types.is_timestamp(kind):
        target = pa.timestamp("us", tz=kind.tz)
        if kind.unit == "ns":
            typed, overflow = values.cast(target, safe=False), np.zeros(len(values), dtype=bool)
        else:
            typed, overflow = _cast_apart(values, target)
    elif pa.types.is_date(kind):
        typed, overflow = _cast_apart(values, _NAIVE)
    else:
        return _none_of(values, "timestamp")
    return _cast(typed.cast(ARROW_TYPES["timestamp"]), (_NAMES["timestamp"], overflow))
