"""Arrays of words and letters as ciphers take them: whole numbers of their range, or an error; never wrapped round."""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from garrison.errors import DataError

T = TypeVar("T", np.uint8, np.uint16)


def whole_numbers(values: NDArray[Any], kind: type[T], *, most: int, what: str) -> NDArray[T]:
    """``values`` as the unsigned ``kind``, of the same shape; not copied where they are of it already.

    ``DataError`` for other than whole numbers from 0 to ``most``.

    >>> whole_numbers(np.array([7, 4, 24]), np.uint8, most=25, what="letters")
    array([ 7,  4, 24], dtype=uint8)
    """
    expected = f"whole numbers from 0 to {most:,}, as {np.dtype(kind).name}"
    if values.dtype.kind not in "iu":
        raise DataError(f"{what} are of type {values.dtype}", expected=expected)
    if values.size and (values.dtype != kind or most < np.iinfo(kind).max):
        low, high = int(values.min()), int(values.max())
        if low < 0 or high > most:
            raise DataError(f"{what} go from {low:,} to {high:,}", expected=expected)
    return values.astype(kind, copy=False)
