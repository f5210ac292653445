"""Speck32/64, with as many of its 22 rounds as are wanted.

Beaulieu, Shors, Smith, Treatman-Clark, Weeks, Wingers: The SIMON and SPECK families of lightweight block ciphers,
Cryptology ePrint 2013/404. The same lines work on one block and on millions.
"""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.cipher import Cipher
from garrison.ciphers.seeds import Seed
from garrison.ciphers.whole_numbers import whole_numbers
from garrison.errors import DataError, SettingsError

Words = NDArray[np.uint16]

ROUNDS = 22
_ALPHA, _BETA, _BITS = 7, 2, 16


def _right(words: Words, by: int) -> Words:
    return (words >> np.uint16(by)) | (words << np.uint16(_BITS - by))


def _round(left: Words, right: Words, key: Words) -> tuple[Words, Words]:
    left = (_right(left, _ALPHA) + right) ^ key
    return left, _right(right, _BITS - _BETA) ^ left


def _round_back(left: Words, right: Words, key: Words) -> tuple[Words, Words]:
    right = _right(left ^ right, _BETA)
    return _right((left ^ key) - right, _BITS - _ALPHA), right


def before_right(blocks: Words) -> Words:
    """Blocks uint16 ``(n, 2)`` with their right word as it was before the last round, for which no key is needed.

    The left word is the sum of the round before the key is added, and the right word one of its summands: bit stands by
    bit as it was added.
    """
    return np.stack([blocks[:, 0], _right(blocks[:, 0] ^ blocks[:, 1], _BETA)], axis=1)


def round_keys(keys: Words, rounds: int = ROUNDS) -> Words:
    """The round keys, uint16 ``(rounds, n)``, of keys uint16 ``(n, 4)``: words l2, l1, l0, k0, as published."""
    later, key = [keys[:, 2], keys[:, 1], keys[:, 0]], keys[:, 3]
    found = np.empty((rounds, len(keys)), np.uint16)
    for place in range(rounds):
        found[place] = key
        mixed, key = _round(later[place % 3], key, np.uint16(place) + np.zeros_like(key))
        later[place % 3] = mixed
    return found


def _checked(keys: Words, blocks: Words) -> tuple[Words, Words]:
    if keys.shape[1:] != (4,) or blocks.shape[1:] != (2,) or len(keys) not in (1, len(blocks)):
        raise DataError(
            f"keys of shape {keys.shape} and blocks of shape {blocks.shape}",
            expected="(n, 4) and (n, 2): a key for each block, or one for all",
        )
    most = (1 << _BITS) - 1
    return (
        whole_numbers(keys, np.uint16, most=most, what="the words of keys"),
        whole_numbers(blocks, np.uint16, most=most, what="the words of blocks"),
    )


class Speck(Cipher[Words]):
    """Blocks are uint16 ``(n, 2)``, the left word first; keys uint16 ``(n, 4)``.

    ``SettingsError`` for other than 1 to 22 rounds; ``DataError`` for keys and blocks of other shapes or numbers.

    >>> key = np.array([[0x1918, 0x1110, 0x0908, 0x0100]], np.uint16)
    >>> [f"{word:04x}" for word in Speck().encrypt(key, np.array([[0x6574, 0x694C]], np.uint16))[0]]
    ['a868', '42f2']
    """

    name: ClassVar[str] = "speck32_64"
    title: ClassVar[str] = "Speck32/64"

    def __init__(self, rounds: int = ROUNDS) -> None:
        if not 1 <= rounds <= ROUNDS:
            raise SettingsError(f"Speck32/64 with {rounds} rounds", expected=f"1 to {ROUNDS} rounds")
        self.rounds = rounds

    def random_keys(self, count: int, *, seed: Seed) -> Words:
        """``count`` uniform keys."""
        return np.random.default_rng(seed).integers(1 << _BITS, size=(count, 4), dtype=np.uint16)

    def random_messages(self, count: int, *, seed: Seed) -> Words:
        """``count`` uniform blocks."""
        return np.random.default_rng(seed).integers(1 << _BITS, size=(count, 2), dtype=np.uint16)

    def encrypt(self, keys: Words, messages: Words) -> Words:
        """The state after so many rounds, uint16 ``(n, 2)``."""
        keys, messages = _checked(keys, messages)
        left, right = messages[:, 0], messages[:, 1]
        for key in round_keys(keys, self.rounds):
            left, right = _round(left, right, key)
        return np.stack([left, right], axis=1)

    def decrypt(self, keys: Words, ciphertexts: Words) -> Words:
        """The blocks of which so many rounds made ``ciphertexts``."""
        keys, ciphertexts = _checked(keys, ciphertexts)
        left, right = ciphertexts[:, 0], ciphertexts[:, 1]
        for key in round_keys(keys, self.rounds)[::-1]:
            left, right = _round_back(left, right, key)
        return np.stack([left, right], axis=1)
