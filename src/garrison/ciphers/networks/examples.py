"""What a network learns from: batches of key streams and of what should be found in them, each batch by its number.

A batch depends on its number alone, so that a training that was broken off sees what an unbroken one would have seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.m209.key_stream import acting_pins, key_stream
from garrison.ciphers.m209.keys import M209Keys

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Batch:
    """``stream`` uint8 ``(n, length)`` in 0..25, ``pins`` uint8 ``(n, 131)`` in the order in which they act, and
    ``lugs`` uint8 ``(n, 21)``, the lugs at each wheel and the bars with lugs at both wheels of each pair."""

    stream: Bytes
    pins: Bytes
    lugs: Bytes

    def __len__(self) -> int:
        return len(self.stream)

    @classmethod
    def of(cls, keys: M209Keys, length: int) -> "Batch":
        """Key streams of so many letters of some keys, and what should be found in them."""
        labels = np.hstack([keys.lugs, keys.pairs])
        return cls(key_stream(keys, length), acting_pins(keys).view(np.uint8), labels)


class Examples(Protocol):
    """Where batches come from."""

    @property
    def identity(self) -> Mapping[str, Any]:
        """All that decides what the batches are, as JSON values."""
        ...

    @property
    def lengths(self) -> Sequence[int]:
        """The lengths of messages that come up."""
        ...

    def batch(self, number: int, size: int) -> Batch:
        """Batch ``number``, of ``size`` keys and one length."""
        ...

    def held_out(self) -> Sequence[Batch]:
        """Keys of training that no batch has, a batch a length."""
        ...
