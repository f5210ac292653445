"""Many keys of the M-209 at once: pins, and how many of the 27 bars have their lugs where."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.m209.wheels import BARS, KINDS, PAIRS, PINS, WHEELS

Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Rows = slice | NDArray[np.intp] | NDArray[np.bool_] | Sequence[int]


def lugs_of(bars: Bytes) -> Bytes:
    """Lugs at each wheel, uint8 ``(6, n)``, of bars of each kind, uint8 ``(21, n)``."""
    lugs = bars[:WHEELS].copy()
    for pair, (one, other) in enumerate(PAIRS, WHEELS):
        lugs[one] += bars[pair]
        lugs[other] += bars[pair]
    return lugs


@dataclass(frozen=True, eq=False)
class M209Keys:
    """``n`` keys.

    ``pins`` bool ``(n, 131)`` says which pins are effective, wheel after wheel, each in the order of its letters.
    ``bars`` uint8 ``(n, 21)`` counts the bars with one lug, at wheel 1 to 6, and then those with two, in the order of
    ``PAIRS`` (1-2, 1-3, …, 5-6); what is left of 27 has no lug at a wheel. The order of bars makes no difference.

    >>> from garrison.ciphers.m209 import random_keys
    >>> keys = random_keys(1000, seed=1)
    >>> keys.pins.shape, keys.bars.shape, keys[:3].lugs.shape
    ((1000, 131), (1000, 21), (3, 6))
    """

    pins: Bools
    bars: Bytes

    def __post_init__(self) -> None:
        if self.pins.shape != (len(self.bars), PINS) or self.bars.shape != (len(self.pins), KINDS):
            raise ValueError(
                f"pins {self.pins.shape} and bars {self.bars.shape} should be (n, {PINS}) and (n, {KINDS})"
            )
        if len(self.bars) and int(self.bars.sum(1, dtype=np.int64).max()) > BARS:
            raise ValueError(f"a key has more than {BARS} bars")

    def __len__(self) -> int:
        return len(self.pins)

    def __getitem__(self, rows: Rows) -> "M209Keys":
        """Some of the keys, by a slice, a mask or their numbers."""
        return M209Keys(self.pins[rows], self.bars[rows])

    @property
    def lugs(self) -> Bytes:
        """How many lugs stand at each wheel, uint8 ``(n, 6)``."""
        return np.ascontiguousarray(lugs_of(self.bars.T).T)

    @property
    def pairs(self) -> Bytes:
        """How many bars have lugs at both wheels of each pair, uint8 ``(n, 15)``."""
        return np.asarray(self.bars[:, WHEELS:])

    @property
    def non_shared(self) -> Bytes:
        """How many lugs of each wheel stand alone on their bar, uint8 ``(n, 6)``."""
        return np.asarray(self.bars[:, :WHEELS])

    @property
    def overlaps(self) -> Bytes:
        """How many bars have two lugs, uint8 ``(n,)``."""
        return np.asarray(self.pairs.sum(1, dtype=np.uint8))

    def packed(self) -> Bytes:
        """Each key in 38 bytes, uint8 ``(n, 38)``: 17 of pins (the last five bits are 0), 21 of bars.

        Equal keys have equal bytes.
        """
        return np.asarray(np.hstack([np.packbits(self.pins, axis=1), self.bars]))

    @classmethod
    def unpacked(cls, packed: Bytes) -> "M209Keys":
        """The keys of which ``packed`` uint8 ``(n, 38)`` was made.

        >>> from garrison.ciphers.m209 import random_keys
        >>> keys = random_keys(5, seed=1)
        >>> bool((M209Keys.unpacked(keys.packed()).pins == keys.pins).all())
        True
        """
        bits = np.unpackbits(packed[:, : -(-PINS // 8)], axis=1, count=PINS)
        return cls(bits.view(np.bool_), np.ascontiguousarray(packed[:, -(-PINS // 8) :]))

    @classmethod
    def join(cls, parts: Sequence["M209Keys"]) -> "M209Keys":
        """The keys of several arrays, one after another."""
        return cls(
            np.concatenate([each.pins for each in parts]), np.concatenate([each.bars for each in parts])
        )
