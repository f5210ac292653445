"""AES-128, the control: a learner that finds anything in its output has found a fault of the experiment instead."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.cipher import Cipher
from garrison.ciphers.seeds import Seed, branch
from garrison.ciphers.whole_numbers import whole_numbers

Blocks = NDArray[np.uint8]

BLOCK = 16


class AES128(Cipher[Blocks]):
    """Blocks and keys are uint8 ``(n, 16)``; each block is enciphered on its own (ECB).

    The `cryptography` package takes one key at a time: rows of equal keys are done in one call, so that the cost of a
    call is paid once a key, not once a block.

    >>> key = np.frombuffer(bytes.fromhex("000102030405060708090a0b0c0d0e0f"), np.uint8)[None]
    >>> block = np.frombuffer(bytes.fromhex("00112233445566778899aabbccddeeff"), np.uint8)[None]
    >>> AES128().encrypt(key, block).tobytes().hex()
    '69c4e0d86a7b0430d8cdb78070b4c55a'
    """

    name: ClassVar[str] = "aes128"
    title: ClassVar[str] = "AES-128 (control)"

    def random_keys(self, count: int, *, seed: Seed) -> Blocks:
        """``count`` uniform keys."""
        return np.random.default_rng(seed).integers(256, size=(count, BLOCK), dtype=np.uint8)

    def random_messages(self, count: int, *, seed: Seed) -> Blocks:
        """``count`` uniform blocks."""
        return np.random.default_rng(seed).integers(256, size=(count, BLOCK), dtype=np.uint8)

    def encrypt(self, keys: Blocks, messages: Blocks) -> Blocks:
        """The ciphertext of each block."""
        return _by_key(keys, messages, lambda key, data: _ecb(key, data, forward=True))

    def decrypt(self, keys: Blocks, ciphertexts: Blocks) -> Blocks:
        """The block of each ciphertext."""
        return _by_key(keys, ciphertexts, lambda key, data: _ecb(key, data, forward=False))


def _by_key(keys: Blocks, blocks: Blocks, work: Callable[[bytes, bytes], bytes]) -> Blocks:
    if keys.shape != blocks.shape or keys.shape[1:] != (BLOCK,):
        raise ValueError(f"keys {keys.shape} and blocks {blocks.shape} should both be (n, {BLOCK})")
    keys = whole_numbers(keys, np.uint8, most=255, what="the bytes of keys")
    blocks = whole_numbers(blocks, np.uint8, most=255, what="the bytes of blocks")
    if not len(keys):
        return blocks.copy()
    whole = np.ascontiguousarray(keys).view(f"V{BLOCK}")[:, 0]
    distinct, owner = np.unique(whole, return_inverse=True)
    order = np.argsort(owner, kind="stable")
    ends = np.cumsum(np.bincount(owner))
    sorted_blocks = np.ascontiguousarray(blocks[order])
    done = b"".join(
        work(key.tobytes(), sorted_blocks[begin:end].tobytes())
        for key, begin, end in zip(distinct, (0, *ends[:-1]), ends, strict=True)
    )
    found = np.empty_like(sorted_blocks)
    found[order] = np.frombuffer(done, np.uint8).reshape(-1, BLOCK)
    return found


def _ecb(key: bytes, data: bytes, *, forward: bool) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher as Primitive
    from cryptography.hazmat.primitives.ciphers import algorithms, modes

    cipher = Primitive(algorithms.AES(key), modes.ECB())  # noqa: S305
    worker = cipher.encryptor() if forward else cipher.decryptor()
    return worker.update(data) + worker.finalize()


def control_stream(count: int, length: int, *, seed: Seed) -> Blocks:
    """Letters that no key of another cipher tells, uint8 ``(count, length)`` in 0..25: AES-128 in counter mode.

    They stand where the key stream of a cipher does, so that a learner of its keys has nothing to learn. Each letter is
    made of 8 bytes, which leaves a bias below 2**-59.
    """
    key = np.random.default_rng(branch(seed, 0)).bytes(BLOCK)
    words = np.frombuffer(_counter_mode(key, 8 * count * length), np.uint64)
    return (words % np.uint64(26)).astype(np.uint8).reshape(count, length)


def _counter_mode(key: bytes, size: int) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher as Primitive
    from cryptography.hazmat.primitives.ciphers import algorithms, modes

    worker = Primitive(algorithms.AES(key), modes.CTR(bytes(BLOCK))).encryptor()
    return worker.update(bytes(size)) + worker.finalize()
