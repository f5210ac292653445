"""Rows that have the same word, together."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.distinguishing.xor_differences import Words


def groups(words: Words) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Each word among ``words``, uint16 ``(n,)``, lowest first, and the rows where it stands.

    >>> [(word, rows.tolist()) for word, rows in groups(np.array([7, 3, 7], np.uint16))]
    [(3, [1]), (7, [0, 2])]
    """
    order = np.argsort(words, kind="stable")
    found, begins = np.unique(words[order], return_index=True)
    yield from zip(found.tolist(), np.split(order, begins[1:]), strict=True)
