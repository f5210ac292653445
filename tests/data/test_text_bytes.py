"""How much text a column unpacks to is counted without unpacking it."""

import struct

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison.data.casting import cast_column
from garrison.data.text_bytes import text_bytes
from garrison.errors import DataError

KINDS = [pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary(), pa.binary_view()]


@given(st.sampled_from(KINDS), st.lists(st.none() | st.text(max_size=20)), st.integers(0, 5), st.booleans())
def test_bytes_are_those_of_the_texts(
    kind: pa.DataType, texts: list[str | None], skipped: int, packed: bool
) -> None:
    values = pa.array(texts, pa.string())
    values = values.dictionary_encode() if packed else values.cast(kind)
    expected = sum(len(text.encode()) for text in texts[skipped:] if text is not None)
    assert text_bytes(values[skipped:]) == expected


def test_dictionary_of_views_and_columns_that_are_no_text() -> None:
    words = pa.array(["a", "four"]).cast(pa.string_view())
    assert text_bytes(pa.DictionaryArray.from_arrays(pa.array([1, 0, None, 1]), words)) == 9
    assert text_bytes(pa.array([b"abc", b"def", None], pa.binary(3))) == 6
    assert text_bytes(pa.array([1.5, None])) == text_bytes(pa.nulls(3)) == 0


def test_more_text_than_arrow_can_point_at_is_refused_before_it_is_unpacked() -> None:
    rows = 100_000
    one = pa.array(["x" * 30_000])
    packed = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int8)), one)
    views = struct.pack("<i4sii", 30_000, b"xxxx", 0, 0) * rows
    viewed = pa.Array.from_buffers(
        pa.string_view(), rows, [None, pa.py_buffer(views), pa.py_buffer(b"x" * 30_000)]
    )
    for values in (packed, viewed):
        for kind in ("string", "integer"):
            with pytest.raises(DataError, match="unpacks to 3,000,000,000 bytes of text in 100,000 rows"):
                cast_column(values, kind)
