"""The M-209 as a cipher: letters in, letters out, one key a row."""

from typing import ClassVar

import numpy as np

from garrison.ciphers.cipher import Cipher
from garrison.ciphers.m209.key_stream import key_stream, reduced
from garrison.ciphers.m209.keys import Bytes, M209Keys
from garrison.ciphers.m209.random_keys import MANUAL, random_keys
from garrison.ciphers.m209.rules import KeyRules
from garrison.ciphers.seeds import Seed
from garrison.ciphers.whole_numbers import whole_numbers


def combined(stream: Bytes, letters: Bytes) -> Bytes:
    """Letters through the print wheel, uint8 of equal shapes: 25 + stream - letters, modulo 26 (Beaufort).

    The same turns plaintext into ciphertext and back.
    """
    return reduced(np.uint8(25) + stream - letters)


class M209(Cipher[M209Keys]):
    """Messages are uint8 ``(n, length)`` of letters A = 0 to Z = 25; enciphering and deciphering are one operation.

    ``DataError`` for messages of anything but such letters. ``rules`` are those of random keys; ``length`` is
    that of random messages.

    >>> machine = M209(KeyRules(overlaps=(1, 2)))
    >>> keys, letters = machine.random_keys(3, seed=1), machine.random_messages(3, seed=2)
    >>> bool((machine.decrypt(keys, machine.encrypt(keys, letters)) == letters).all())
    True
    """

    name: ClassVar[str] = "m209"
    title: ClassVar[str] = "M-209"

    def __init__(self, rules: KeyRules = MANUAL, *, length: int = 104) -> None:
        self.rules = rules
        self.length = length

    def random_keys(self, count: int, *, seed: Seed) -> M209Keys:
        """``count`` keys by the rules."""
        return random_keys(count, self.rules, seed=seed)

    def random_messages(self, count: int, *, seed: Seed) -> Bytes:
        """``count`` messages of uniform letters."""
        return np.random.default_rng(seed).integers(26, size=(count, self.length), dtype=np.uint8)

    def encrypt(self, keys: M209Keys, messages: Bytes, *, indicators: Bytes | None = None) -> Bytes:
        """Ciphertext letters; ``indicators`` uint8 ``(n, 6)`` say what the wheels show first, by default A on all."""
        if messages.ndim != 2 or len(messages) != len(keys):
            raise ValueError(f"messages have shape {messages.shape}, expected ({len(keys)}, length)")
        messages = whole_numbers(messages, np.uint8, most=25, what="the letters of messages")
        return combined(key_stream(keys, messages.shape[1], indicators), messages)

    def decrypt(self, keys: M209Keys, ciphertexts: Bytes, *, indicators: Bytes | None = None) -> Bytes:
        """The plaintext letters; what ``encrypt`` does."""
        return self.encrypt(keys, ciphertexts, indicators=indicators)
