"""How many bytes of text a column unpacks to: a dictionary or a view can name one long text in every row."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from garrison.errors import DataError

MOST = 2**31 - 1
"""Bytes that an Arrow string array can point at. More are not noticed by Arrow, which then reads elsewhere."""

_VIEW_BYTES = 16
_TEXTUAL = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_fixed_size_binary,
)


def text_bytes(values: pa.Array) -> int:
    """The bytes of all texts, or binary values, written out one after the other; 0 of a column of another type.

    The array has to be as large as it says (``validate`` of Arrow). ``IndexError`` for an index that a dictionary has
    not.

    >>> text_bytes(pa.array(["abc", None, "abc"]).dictionary_encode()), text_bytes(pa.array([1, 2]))
    (6, 0)
    """
    within = pa.types.is_dictionary(values.type)
    lengths = _lengths(values.dictionary if within else values)
    if lengths is None:
        return 0
    return int(pc.sum(lengths.take(values.indices) if within else lengths, min_count=0).as_py())


def check_text_bytes(values: pa.Array) -> None:
    """Raise ``DataError`` where the texts of a column are more than Arrow strings can hold."""
    if (found := text_bytes(values)) > MOST:
        raise DataError(
            f"a column unpacks to {found:,} bytes of text in {len(values):,} rows",
            expected=f"{MOST:,} bytes at most",
            remedy="read fewer rows at a time, or shorten the texts",
        )


def _lengths(values: pa.Array) -> pa.Array | None:
    """Bytes of each value, int64 from 0, also where it is missing; None for a column of another type."""
    kind = values.type
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        views = np.frombuffer(values.buffers()[1] or b"", np.int32)[:: _VIEW_BYTES // 4]
        sizes = views[values.offset : values.offset + len(values)].astype(np.int64)
        found = pa.array(sizes, mask=values.is_null().to_numpy(zero_copy_only=False))
    elif any(is_one(kind) for is_one in _TEXTUAL):
        found = pc.binary_length(values).cast(pa.int64())
    else:
        return None
    return pc.max_element_wise(found, pa.scalar(0, pa.int64()))
