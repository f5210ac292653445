"""The distinguisher that looks at the values of a pair and not at its difference alone: averaging over the last key.

Were the key of the last round known, the round could be undone and the difference looked up. As it is not, the mean
over all 65,536 keys is taken (Gohr, Leander, Neumann: An assessment of differential-neural distinguishers, 2022; the
idea is in Gohr, CRYPTO 2019). Nothing is learned.

The right words before the round need no key. The left difference does: of sums ``c`` and ``c'`` with the key still in
them, it is ``((c ^ k) - y) ^ ((c' ^ k) - y')``. All ``k`` are counted at once, a byte at a time: the low byte of that
difference and the two borrows out of it depend on the low byte of ``k`` alone, the high byte on the high one and on
these borrows. The mean is then a product of the low counts, a row of the table, and the high counts, exact.
"""

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.distinguishing.grouping import groups
from garrison.ciphers.distinguishing.pairs import Pairs
from garrison.ciphers.distinguishing.through_addition import BYTE
from garrison.ciphers.distinguishing.whole_table import Table
from garrison.ciphers.distinguishing.xor_differences import VALUES, Floats, Words
from garrison.ciphers.speck import before_right
from garrison.progress import progress

_BORROWS = ((0, 0), (0, 1), (1, 0), (1, 1))
_MOST_PAIRS = 256


def byte_counts(sums: Words, first: Words, second: Words) -> tuple[Floats, Floats]:
    """How many bytes of the key lead to each byte of the left difference, before it is turned.

    ``sums`` is ``c ^ c'``, ``first`` and ``second`` are ``y`` and ``y'``, uint16 ``(n,)``. Both float32
    ``(n, 4, 256)``: by both borrows out of the low byte, and by the low byte itself or, given the borrows, the high.
    """
    count, keys = len(sums), np.arange(BYTE, dtype=np.uint16)
    apart, left, right = (each[:, None] & np.uint16(BYTE - 1) for each in (sums, first, second))
    other = keys ^ apart
    differences = ((keys - left) ^ (other - right)) & np.uint16(BYTE - 1)
    places = (np.arange(4 * count) * BYTE).reshape(count, 4, 1)
    borrows = 2 * (keys < left) + (other < right)
    low = np.bincount((places[:, 0] + borrows * BYTE + differences).reshape(-1), minlength=places.size * BYTE)
    apart, left, right = (each[:, None] >> np.uint16(8) for each in (sums, first, second))
    other = keys ^ apart
    borrowed = np.array(_BORROWS, np.uint16)[:, :, None]
    differences = ((keys - left)[:, None] - borrowed[:, 0]) ^ ((other - right)[:, None] - borrowed[:, 1])
    high = np.bincount(
        (places + (differences & np.uint16(BYTE - 1))).reshape(-1), minlength=places.size * BYTE
    )
    shape = (count, 4, BYTE)
    return low.reshape(shape).astype(np.float32), high.reshape(shape).astype(np.float32)


def mean_over_keys(likely: Floats, sums: Words, first: Words, second: Words) -> NDArray[np.float64]:
    """The mean of ``likely``, a row of a ``Table``, over all keys of the last round; float64 ``(n,)``.

    The words are as for ``byte_counts``.
    """
    low, high = byte_counts(sums, first, second)
    led = (low.reshape(-1, BYTE) @ likely).reshape(high.shape)
    return np.asarray(np.einsum("nbh,nbh->n", led, high, dtype=np.float64) / VALUES)


def averaged_likelihood(table: Table, pairs: Pairs) -> NDArray[np.float64]:
    """How likely each pair is after one round more than the table's, among all with these values; float64 ``(n,)``.

    Of a random pair it is 2^-32.
    """
    first, second = before_right(pairs.first), before_right(pairs.second)
    sums = first[:, 0] ^ second[:, 0]
    found = np.empty(len(pairs))
    with progress(f"keys of {len(pairs):,} pairs", total=len(pairs)) as advance:
        for right, rows in groups(first[:, 1] ^ second[:, 1]):
            likely = table.row(right)
            for begin in range(0, len(rows), _MOST_PAIRS):
                some = rows[begin : begin + _MOST_PAIRS]
                found[some] = mean_over_keys(likely, sums[some], first[some, 1], second[some, 1])
            advance(len(rows))
    return found
