"""Masks: long runs of numbers that nobody can tell from chance without the 32 bytes they are made of."""

import numpy as np
from numpy.typing import NDArray

SEED_BYTES = 32
_CHUNK = 1 << 17
_BLOCK = 16


def add_mask(vector: NDArray[np.uint64], seed: bytes, *, take_away: bool = False) -> None:
    """Add (or take away) the mask of ``seed`` in place, modulo 2^64: AES-256 in counter mode, eight bytes a number.

    A seed must be used for one vector only. Memory does not grow with the vector.

    >>> numbers = np.arange(5, dtype=np.uint64)
    >>> add_mask(numbers, bytes(32)); hex(numbers[0])
    '0x898940a278c095dc'
    >>> add_mask(numbers, bytes(32), take_away=True); numbers.tolist()
    [0, 1, 2, 3, 4]
    """
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if len(seed) != SEED_BYTES:
        raise ValueError(f"a seed of {len(seed)} bytes")
    stream = Cipher(algorithms.AES(seed), modes.CTR(bytes(_BLOCK))).encryptor()
    zeros = memoryview(bytes(8 * _CHUNK))
    buffer = bytearray(8 * _CHUNK + _BLOCK)
    apply = np.subtract if take_away else np.add
    for start in range(0, vector.size, _CHUNK):
        part = vector[start : start + _CHUNK]
        stream.update_into(zeros[: part.nbytes], buffer)
        apply(part, np.frombuffer(buffer, "<u8", part.size), out=part)
