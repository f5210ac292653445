"""What a crib tells: the key stream of the letters of a message whose plaintext is known."""

from dataclasses import dataclass

import numpy as np

from garrison.ciphers.letters import Bytes
from garrison.ciphers.m209.key_stream import reduced
from garrison.ciphers.m209.lug_settings import SETTINGS_IN_ALL
from garrison.ciphers.m209.wheels import SIZES
from garrison.errors import UsageError

BITS_A_LETTER = 4.45
"""What a letter of key stream tells: the entropy of the letters of a random key, mean over 500 keys."""

_BITS_OF_BARS = float(np.log2(SETTINGS_IN_ALL * 720))


@dataclass(frozen=True, eq=False)
class Crib:
    """Known of a message from its letter ``at`` on, counted from 0.

    ``plaintext`` uint8 ``(length,)`` A = 0 to Z = 25, and the key stream that it tells, ``stream`` uint8 in 0..25.
    """

    plaintext: Bytes
    stream: Bytes
    at: int = 0

    @classmethod
    def of(cls, message: Bytes, plaintext: Bytes, at: int = 0) -> "Crib":
        """What ``plaintext`` tells of the ciphertext ``message``, both uint8 of letters A = 0 to Z = 25.

        Raises ``UsageError`` where the crib has no letters, or does not lie within the message.

        >>> Crib.of(np.array([19, 13, 9], np.uint8), np.array([0], np.uint8), at=1).stream.tolist()
        [14]
        """
        if not len(plaintext):
            raise UsageError("the crib has no letters", expected="known plaintext, letters A to Z")
        if len(plaintext) > len(message):
            raise UsageError(
                f"the crib is longer than the message: {len(plaintext):,} and {len(message):,} letters",
                expected="the plaintext of a part of the message",
            )
        if not 0 <= at <= len(message) - len(plaintext):
            raise UsageError(
                f"a crib of {len(plaintext):,} letters from letter {at + 1:,} on is not within the message",
                where=f"a message of {len(message):,} letters",
                expected=f"letter 1 to {len(message) - len(plaintext) + 1:,}",
            )
        there = message[at : at + len(plaintext)]
        return cls(plaintext, reduced(there + plaintext + np.uint8(1)), at)

    @property
    def bits_to_spare(self) -> float:
        """Bits that the crib tells, less the bits of the key that it touches.

        About 2 to the power of minus this many wrong keys are expected to fit by chance.
        """
        touched = sum(min(size, len(self.stream)) for size in SIZES)
        return BITS_A_LETTER * len(self.stream) - touched - _BITS_OF_BARS
