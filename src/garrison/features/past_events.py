"""Columns of a table as the plain arrays that windows are counted on."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from garrison.data.schema import ARROW_TYPES
from garrison.data.windows_spec import Windows
from garrison.errors import SchemaError
from garrison.features.past_counts import Ints, Mask, PastEvents

Codes = Callable[[str, pa.Array], Ints]
"""Numbers, not negative, for the distinct texts of a column, by its name."""


def past_events(table: pa.Table, spec: Windows, *, time: str, codes: Codes | None = None) -> PastEvents:
    """The columns of ``table`` that ``spec`` looks at, as numbers.

    Texts are numbered as ``codes`` says, else in order of first sight. ``SchemaError`` when a column is not
    there or not of its type.
    """
    numbered = codes or _by_first_sight
    moments = _column(table, time, "timestamp")
    source = _text_codes(_column(table, spec.source, "string"), spec.source, numbered)
    if moments.null_count:
        source[moments.is_null().to_numpy(zero_copy_only=False)] = -1
    values: list[Ints] = []
    present: list[Mask] = []
    for name in spec.distinct:
        column = _column(table, name, "string", "integer", "boolean")
        if pa.types.is_string(column.type):
            found = _text_codes(column, name, numbered)
            values.append(found)
            present.append(found >= 0)
        else:
            values.append(_integers(column))
            present.append(column.is_valid().to_numpy(zero_copy_only=False))
    sums = [_integers(_column(table, name, "integer")) for name in spec.sums]
    failures = [_integers(_column(table, name, "boolean")) for name in spec.failures]
    time_values = _integers(moments.cast(pa.int64()))
    return PastEvents(source, time_values, tuple(values), tuple(present), (*sums, *failures))


def _column(table: pa.Table, name: str, *kinds: str) -> pa.Array:
    if table.schema.names.count(name) != 1:
        raise SchemaError(
            f"the column {name!r} is missing or there twice",
            expected="the columns that the schema's windows look at",
            remedy="validate the table by the schema first",
        )
    column = table.column(name)
    if column.type not in [ARROW_TYPES[kind] for kind in kinds]:
        raise SchemaError(
            f"column {name!r} is of type {column.type}",
            expected=" or ".join(str(ARROW_TYPES[kind]) for kind in kinds),
            remedy="validate the table by the schema first",
        )
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def _integers(values: pa.Array) -> Ints:
    if pa.types.is_boolean(values.type):
        filled = pc.fill_null(values, False) if values.null_count else values
        truths: Mask = filled.to_numpy(zero_copy_only=False)
        return truths.astype(np.int64)
    filled = pc.fill_null(values, 0) if values.null_count else values
    numbers: Ints = filled.to_numpy()
    return numbers


def _text_codes(values: pa.Array, name: str, codes: Codes) -> Ints:
    encoded = values.dictionary_encode()
    numbers = codes(name, encoded.dictionary)
    places: Ints = pc.fill_null(encoded.indices, -1).to_numpy()
    return np.append(numbers, -1)[places]


def _by_first_sight(name: str, texts: pa.Array) -> Ints:  # noqa: ARG001 (each column is numbered from 0)
    return np.arange(len(texts), dtype=np.int64)
