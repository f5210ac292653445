"""How large an array says it is, in NumPy's own format, before there is memory for it."""

import math
from typing import IO

import numpy as np
from numpy.lib import format as npy

_READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def claimed_bytes(file: IO[bytes]) -> int:
    """The bytes behind the header at which ``file`` stands, by what the header says.

    ``ValueError`` for anything else than one array of numbers; of objects there is nothing to read without unpickling.

    >>> import io
    >>> buffer = io.BytesIO()
    >>> np.save(buffer, np.zeros((3, 4)))
    >>> _ = buffer.seek(0)
    >>> claimed_bytes(buffer)
    96
    """
    try:
        shape, _, dtype = _READERS[npy.read_magic(file)](file)
    except Exception as error:
        raise ValueError(f"not NumPy's format: {type(error).__name__}") from error
    if dtype.hasobject or min(shape, default=0) < 0:
        raise ValueError("pickled objects, or a shape that none can have")
    return math.prod(shape) * int(np.dtype(dtype).itemsize)
