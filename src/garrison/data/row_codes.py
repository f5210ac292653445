"""Which rows of a table are equal: one integer a row, without a Python loop over rows."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Codes = NDArray[np.int64]

_LARGEST = 2**62


def value_codes(column: pa.ChunkedArray) -> Codes:
    """The distinct values of a column numbered from 0, shape (n,) int64; a missing value is a value of its
    own.

    NaN equals NaN, and 0.0 equals -0.0.

    >>> value_codes(pa.chunked_array([["b", None, "a", "b"]])).tolist()
    [0, 2, 1, 0]
    """
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    missing = array.is_null().to_numpy(zero_copy_only=False)
    if pa.types.is_floating(array.type):
        values = pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False)
        _, codes = np.unique(values, return_inverse=True)
    else:
        encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
        codes = pc.fill_null(encoded.indices, 0).to_numpy(zero_copy_only=False)
    result: Codes = codes.astype(np.int64)
    result[missing] = int(result.max(initial=-1)) + 1
    return result


def row_codes(table: pa.Table, names: tuple[str, ...]) -> Codes:
    """One number a row, shape (n,) int64 in [0, distinct rows): equal exactly where all named columns are
    equal.

    >>> row_codes(pa.table({"a": [1, 2, 1], "b": ["x", "x", "x"]}), ("a", "b")).tolist()
    [0, 1, 0]
    """
    return combine_codes([value_codes(table.column(name)) for name in names], rows=table.num_rows)


def combine_codes(columns: list[Codes], *, rows: int) -> Codes:
    """One number a row for several numbers a row, each non-negative; shape (n,) int64 in [0, distinct
    rows)."""
    codes = np.zeros(rows, dtype=np.int64)
    distinct = 1
    for column in columns:
        width = int(column.max(initial=0)) + 1
        if distinct > _LARGEST // width:
            codes, distinct = _compact(codes)
        codes = codes * width + column
        distinct *= width
    return _compact(codes)[0]


def sorted_rows(columns: Iterable[NDArray[Any]], *, rows: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The order that sorts rows by their first column, then by the second and so on, and where in that order a row
    differs from the one before; both of shape (n,).

    Equal rows keep their order; 0.0 equals -0.0; NaN is not asked for. Each column is looked at only for the rows that
    those before it did not tell apart.

    >>> order, new = sorted_rows([np.array([2, 1, 2]), np.array([0.5, 0.5, 0.5])], rows=3)
    >>> order.tolist(), new.tolist()
    ([1, 0, 2], [True, True, False])
    """
    order = np.arange(rows)
    new = np.zeros(rows, dtype=np.bool_)
    new[:1] = True
    for column in columns:
        alike = np.flatnonzero(~(new & np.append(new[1:], True)))
        if not len(alike):
            break
        places = order[alike]
        values = column[places]
        if values.min() == values.max():
            continue
        within = np.lexsort((values, np.cumsum(new)[alike]))
        order[alike], values = places[within], values[within]
        new[alike[1:]] |= values[1:] != values[:-1]
    return order, new


def _compact(codes: Codes) -> tuple[Codes, int]:
    values, inverse = np.unique(codes, return_inverse=True)
    return inverse.astype(np.int64), max(len(values), 1)
