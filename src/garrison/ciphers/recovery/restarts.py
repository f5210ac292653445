"""Many keys that are tried at once against one stretch of key stream, and by how much each letter of each is wrong."""

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.m209.keys import Bools, Bytes
from garrison.ciphers.m209.wheels import FIRST, KINDS, PAIRS, PINS, SIZES, WHEELS

Shorts = NDArray[np.int16]

MODULUS = 26
_AMBIGUOUS = 2
"""A key stream letter of 0 may be a shift of 26, one of 1 a shift of 27."""

_LEANING_NOWHERE = np.zeros(PINS, np.float32)


class Restarts:
    """The state of a search, letters first and restarts last.

    ``stream`` uint8 ``(length,)`` in 0..25 is known. ``pins`` bool ``(131, r)`` are in the order in which they act,
    ``kinds`` uint8 ``(27, r)`` say which of the 21 kinds each bar is of. Kept in step with them are ``counts`` int16
    ``(21, r)``, bars of each kind; ``acting`` int16 ``(6, length + 26, r)``, whether each wheel's pin is effective at
    each letter; ``wanted`` int16, the shift that is wanted, and ``errors`` int16, wanted less found, both
    ``(length + 26, r)``. Rows beyond the length are there so that every wheel can be looked at turn by turn; what
    they hold is never used. ``leaning`` float32 ``(131,)`` are the logarithms of the odds that each pin is effective,
    before anything is compared.
    """

    def __init__(
        self, stream: Bytes, pins: Bools, kinds: Bytes, leaning: NDArray[np.float32] = _LEANING_NOWHERE
    ) -> None:
        self.leaning = leaning[:, None]
        self.length, self.count = len(stream), pins.shape[1]
        rows = self.length + max(SIZES)
        self.told = np.zeros((rows, 1), np.int16)
        self.told[: self.length, 0] = stream
        self.ambiguous = np.flatnonzero(stream < _AMBIGUOUS)
        self.wanted = np.repeat(self.told, self.count, axis=1)
        self.pins, self.kinds = pins.copy(), kinds.copy()
        turns = [np.arange(rows) % size for size in SIZES]
        self.acting = np.stack(
            [
                self.pins[first : first + size][turn].astype(np.int16)
                for first, size, turn in zip(FIRST, SIZES, turns, strict=True)
            ]
        )
        self.counts = np.stack([(self.kinds == kind).sum(0, dtype=np.int16) for kind in range(KINDS)])
        self.errors = np.empty_like(self.wanted)
        self.compare()

    def lugs(self) -> Shorts:
        """Lugs at each wheel, int16 ``(6, r)``."""
        found = self.counts[:WHEELS].copy()
        for pair, (one, other) in enumerate(PAIRS, WHEELS):
            found[one] += self.counts[pair]
            found[other] += self.counts[pair]
        return found

    def compare(self) -> None:
        """Work out all errors anew: after bars were moved."""
        np.copyto(self.errors, self.wanted)
        each = np.empty_like(self.errors)
        for wheel, lugs in enumerate(self.lugs()):
            self.errors -= np.multiply(self.acting[wheel], lugs, out=each)
        for pair, (one, other) in enumerate(PAIRS, WHEELS):
            np.multiply(self.acting[one], self.acting[other], out=each)
            each *= self.counts[pair]
            self.errors += each

    def settle_ambiguous(self, temperature: float, generator: np.random.Generator) -> None:
        """For letters of 0 and 1, choose between shifts of 0 and 26, 1 and 27, by how well each fits."""
        if not len(self.ambiguous):
            return
        found = (self.wanted[self.ambiguous] - self.errors[self.ambiguous]).astype(np.float32)
        low = self.told[self.ambiguous]
        gain = (low - found) ** 2 - (low + MODULUS - found) ** 2
        noise = generator.logistic(scale=temperature, size=gain.shape)
        wanted = low + np.int16(MODULUS) * (gain > noise)
        self.errors[self.ambiguous] += wanted - self.wanted[self.ambiguous]
        self.wanted[self.ambiguous] = wanted

    def wrong(self) -> NDArray[np.intp]:
        """How many letters each restart has wrong, ``(r,)``."""
        errors = self.errors[: self.length]
        right = np.count_nonzero((errors == 0) | (np.abs(errors) == MODULUS), axis=0)
        return np.asarray(self.length - right)

    def bars(self, which: NDArray[np.intp]) -> Bytes:
        """Bars of each kind of some restarts, uint8 ``(n, 21)``."""
        return np.ascontiguousarray(self.counts[:, which].T.astype(np.uint8))
