"""How XOR differences go through the addition of two 16-bit words, and how likely each outcome is.

Lipmaa, Moriai: Efficient algorithms for computing differential properties of addition, FSE 2001. For differences a
and b of the summands, the difference c of the sum is possible if, wherever the three agree in a bit, they add up to
what the carry says in the next; every bit below the highest in which they do not all agree halves its probability.
"""

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint16]
Floats = NDArray[np.float32]

WORD = 16
VALUES = 1 << WORD


def addition_probability(a: Words, b: Words, c: Words) -> Floats:
    """The probability of ``c`` given ``a`` and ``b``, float32, of arrays of one shape.

    >>> word = lambda value: np.array([value], np.uint16)
    >>> addition_probability(word(0x8000), word(0), word(0x8000)), addition_probability(word(1), word(0), word(3))
    (array([1.], dtype=float32), array([0.25], dtype=float32))
    """
    alike = ~(a ^ b) & ~(a ^ c)
    one = np.uint16(1)
    before = (alike << one) | one
    impossible = before & (a ^ b ^ c ^ (b << one))
    halved = np.bitwise_count(~alike & np.uint16(VALUES // 2 - 1))
    return np.where(impossible != 0, np.float32(0), np.ldexp(np.float32(1), -halved.astype(np.int32)))


def outcomes(a: Words, b: Words, likely: Floats) -> tuple[NDArray[np.intp], Words, Floats]:
    """Every possible difference of the sum for each pair of differences ``a`` and ``b`` of likelihood ``likely``.

    Returns which pair each outcome is of, the outcome, and how likely both are. There are up to 32,768 a pair.
    """
    owner, found, chance = np.arange(len(a)), np.zeros(len(a), np.uint16), likely
    alike, carried = np.ones(len(a), np.bool_), np.zeros(len(a), np.uint16)
    for place in range(WORD):
        bit_a, bit_b = ((word[owner] >> np.uint16(place)) & np.uint16(1) for word in (a, b))
        bit = np.where(alike, bit_a ^ bit_b ^ carried, np.uint16(0))
        free = np.flatnonzero(~alike)
        owner, chance = np.concatenate([owner, owner[free]]), np.concatenate([chance, chance[free]])
        found, bit = (
            np.concatenate([found, found[free]]),
            np.concatenate([bit, np.ones(len(free), np.uint16)]),
        )
        bit_a, bit_b = np.concatenate([bit_a, bit_a[free]]), np.concatenate([bit_b, bit_b[free]])
        found |= bit << np.uint16(place)
        alike, carried = (bit_a == bit_b) & (bit_a == bit), bit_b
        if place < WORD - 1:
            chance = np.where(alike, chance, chance * np.float32(0.5))
    return owner, found, chance
