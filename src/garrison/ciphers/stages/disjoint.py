"""Do two sets of keys have one in common? Any number of them, in the memory of eight bytes a key."""

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.m209.keys import Bytes
from garrison.ciphers.shards import Shards
from garrison.ciphers.stages.stored_keys import stored_keys
from garrison.progress import progress

_WORDS = 5


def shared_keys(here: Shards, there: Shards) -> int:
    """How many keys of ``there`` stand in ``here`` too.

    Hashes of 64 bits name the candidates; these are compared byte by byte, so that the answer is exact.
    """
    fewer, more = sorted((here, there), key=lambda shards: shards.rows)
    with progress("comparing keys", total=2 * len(fewer) + len(more)) as advance:
        hashes = np.empty(fewer.rows, np.uint64)
        for number in range(len(fewer)):
            hashes[fewer.starts[number] : fewer.starts[number + 1]] = _hashes(_packed(fewer, number))
            advance(1)
        hashes.sort()
        alike: set[bytes] = set()
        for number in range(len(more)):
            packed = _packed(more, number)
            alike.update(map(bytes, packed[_among(_hashes(packed), hashes)]))
            advance(1)
        found = 0
        for number in range(len(fewer) if alike else 0):
            found += sum(bytes(key) in alike for key in _packed(fewer, number))
            advance(1)
    return found


def _packed(shards: Shards, number: int) -> Bytes:
    return stored_keys(shards, number).packed()


def _hashes(packed: Bytes) -> NDArray[np.uint64]:
    whole = np.zeros((len(packed), 8 * _WORDS), np.uint8)
    whole[:, : packed.shape[1]] = packed
    mixed = np.full(len(packed), 0x9E3779B97F4A7C15, np.uint64)
    for word in whole.view(np.uint64).T:
        mixed = (mixed ^ word) * np.uint64(0xFF51AFD7ED558CCD)
        mixed ^= mixed >> np.uint64(32)
    return mixed


def _among(values: NDArray[np.uint64], ordered: NDArray[np.uint64]) -> NDArray[np.bool_]:
    if not len(ordered):
        return np.zeros(len(values), np.bool_)
    places = np.searchsorted(ordered, values)
    return np.asarray(ordered[np.minimum(places, len(ordered) - 1)] == values)
