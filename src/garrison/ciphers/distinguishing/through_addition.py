"""How a whole distribution of XOR differences goes through an addition at once, bit after bit, lowest first.

A bit of the summand's difference is summed over, and one of the sum's takes its place. Two parts are kept apart: where
the three differences agreed in the bit before, and where they did not. Those that agree can only have the bit of ``b``,
so that half the room is enough for them.
"""

import numpy as np

from garrison.ciphers.distinguishing.xor_differences import VALUES, WORD, Floats

BYTE = 256
_HALF_WAY = WORD // 2
_TWO = np.float32(2)
_HALVED = np.float32(2.0 ** (1 - WORD))


class ThroughAddition:
    """Carries one distribution after the other through an addition, in arrays that are used again."""

    def __init__(self) -> None:
        self._mixed, self._next_mixed = (np.empty(VALUES, np.float32) for _ in range(2))
        self._alike, self._next_alike = (np.empty(VALUES // 2, np.float32) for _ in range(2))

    def __call__(self, likely: Floats, b: int) -> Floats:
        """The distribution of the sum's difference, by that of one summand's; the other's is ``b``.

        ``likely`` is float32 ``(256, 256)``, the low byte of the difference before the high one: bits that are worked
        on then never lie closer than 128 apart. Returns float32 ``(65536,)``, in order, until the next call.
        """
        self._lowest(likely, b & 1)
        for place in range(1, WORD):
            if place == _HALF_WAY:
                self._turn()
            self._step(place, b >> (place - 1) & 1, b >> place & 1)
        self._mixed.reshape(2, -1)[b >> (WORD - 1)] += self._alike
        return np.multiply(self._mixed, _HALVED, out=self._next_mixed)

    def _lowest(self, likely: Floats, bit: int) -> None:
        before = likely.reshape(BYTE // 2, 2, BYTE)
        mixed, alike = self._mixed.reshape(before.shape), self._alike.reshape(BYTE // 2, BYTE)
        mixed[:, bit] = 0 if bit == 0 else before[:, 0]
        mixed[:, 1 - bit] = before[:, 1]
        if bit == 0:
            np.multiply(before[:, 0], _TWO, out=alike)
        else:
            alike[:] = 0

    def _step(self, place: int, last: int, bit: int) -> None:
        """One bit, where ``b`` has ``bit`` here and ``last`` in the bit below.

        The halving of what is mixed is put off to the end: what is alike is doubled instead.
        """
        inner = (1 << place % _HALF_WAY) * BYTE // 2
        shape = (VALUES // (4 * inner), 2, 2, inner)
        mixed, found = self._mixed.reshape(shape), self._next_mixed.reshape(shape)
        alike, agreed = self._alike.reshape(-1, 2, inner), self._next_alike.reshape(-1, 2, inner)
        other = 1 - bit
        np.add(mixed[:, 0], mixed[:, 1], out=found[:, other])
        found[:, bit] = mixed[:, other]
        agreed[:] = mixed[:, bit]
        if bit == last:
            found[:, other, last] += alike[:, other]
            agreed[:, last] += alike[:, bit]
        else:
            found[:, other, last] += alike[:, bit]
            found[:, bit, last] += alike[:, other]
        if place < WORD - 1:
            agreed *= _TWO
        self._swap()

    def _turn(self) -> None:
        """The high byte before the low one, from now on."""
        self._next_mixed.reshape(BYTE, BYTE)[:] = self._mixed.reshape(BYTE, BYTE).T
        self._next_alike.reshape(BYTE, BYTE // 2)[:] = self._alike.reshape(BYTE // 2, BYTE).T
        self._swap()

    def _swap(self) -> None:
        self._mixed, self._next_mixed = self._next_mixed, self._mixed
        self._alike, self._next_alike = self._next_alike, self._alike
