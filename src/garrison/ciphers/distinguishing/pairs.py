"""Ciphertext pairs of a chosen input difference, and pairs of random blocks: what a distinguisher tells apart.

Gohr: Improving attacks on round-reduced Speck32/64 using deep learning, CRYPTO 2019, section 4.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.aes128 import AES128
from garrison.ciphers.cipher import Cipher, Messages
from garrison.ciphers.seeds import Seed, branch
from garrison.ciphers.speck import Speck, before_right
from garrison.errors import UsageError

Undone = Callable[[Messages], Messages]

DIFFERENCES: dict[str, tuple[int, ...]] = {Speck.name: (0x0040, 0x0000), AES128.name: (0x40, *(0,) * 15)}
"""The input difference by the cipher's name, word by word of a block."""

_UNDONE: dict[str, Undone] = {Speck.name: before_right, AES128.name: lambda blocks: blocks}
"""What of a block can be undone without the key, by the cipher's name."""

REAL, KEYS, FIRST, SECOND = range(4)


@dataclass(frozen=True, eq=False)
class Pairs:
    """``first`` and ``second`` are ciphertexts, one block a row; ``real`` bool ``(n,)``: of blocks that differ so.

    ``undone`` is what anybody can undo of the cipher's last round without its key.
    """

    first: Messages
    second: Messages
    real: NDArray[np.bool_]
    undone: Undone

    def __len__(self) -> int:
        return len(self.real)

    @classmethod
    def joined(cls, parts: Sequence["Pairs"]) -> "Pairs":
        """All pairs of one cipher's ``parts``, in order; there is one part at least."""
        first, second, real = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("first", "second", "real")
        )
        return cls(first, second, real, parts[0].undone)

    def parts(self, most: int) -> Iterator["Pairs"]:
        """So many pairs at a time, in order."""
        for begin in range(0, len(self), most):
            rows = slice(begin, begin + most)
            yield Pairs(self.first[rows], self.second[rows], self.real[rows], self.undone)

    def bits(self) -> NDArray[np.uint8]:
        """What a network looks at: both blocks, as far as they can be undone, and their difference.

        Bit by bit, the highest of each word first; uint8 ``(n, words of all three, bits of a word)``.
        """
        first, second = self.undone(self.first), self.undone(self.second)
        words = np.concatenate([first, second, first ^ second], axis=1)
        size = 8 * words.dtype.itemsize
        places = np.arange(size - 1, -1, -1, dtype=words.dtype)
        return np.asarray((words[:, :, None] >> places) & words.dtype.type(1), np.uint8)

    def differences(self) -> Messages:
        """What both differ by, one block a row."""
        return self.first ^ self.second


def make_pairs(cipher: Cipher[Any], count: int, *, seed: Seed) -> Pairs:
    """``count`` pairs, each real by the toss of a coin and under a random key of its own; the same for the same seed.

    ``UsageError`` for a cipher for which no difference is known.

    >>> pairs = make_pairs(Speck(5), 1000, seed=1)
    >>> pairs.bits().shape, 400 < int(pairs.real.sum()) < 600
    ((1000, 6, 16), True)
    """
    if cipher.name not in DIFFERENCES:
        raise UsageError(
            f"no input difference is known for {cipher.title}", expected="one of " + ", ".join(DIFFERENCES)
        )
    real = np.random.default_rng(branch(seed, REAL)).random(count) < 0.5
    keys = cipher.random_keys(count, seed=branch(seed, KEYS))
    first = cipher.random_messages(count, seed=branch(seed, FIRST))
    other = cipher.random_messages(count, seed=branch(seed, SECOND))
    second = np.where(real[:, None], first ^ np.array(DIFFERENCES[cipher.name], first.dtype), other)
    undone = _UNDONE[cipher.name]
    return Pairs(cipher.encrypt(keys, first), cipher.encrypt(keys, second), real, undone)
