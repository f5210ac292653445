"""Where a search for a key begins: at random, or at what somebody, such as a network, believes of its pins and lugs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.m209.keys import Bools, Bytes
from garrison.ciphers.m209.wheels import BARS, KINDS, PAIRS, PINS, WHEELS

Floats = NDArray[np.floating]

_SHARE_OF_PAIRS = 0.2
_UNSURE = 0.02
"""No pin is believed more firmly than this leaves room for: restarts should differ."""


@dataclass(frozen=True, eq=False)
class Start:
    """What is believed of one key.

    ``pins`` float ``(131,)`` in [0, 1]: how likely each pin is effective, in the order in which pins act from the first
    known letter on. ``lugs`` float ``(6,)`` in 0..27: lugs at each wheel; ``pairs`` float ``(15,)`` in 0..27: bars with
    lugs at both wheels of each pair. Raises ``ValueError`` for other shapes, and for what is no number in range.

    >>> start = Start(np.full(131, 0.5), np.full(6, 5.5), np.full(15, 0.4))
    >>> pins, kinds = start.draw(8, np.random.default_rng(0))
    >>> pins.shape, kinds.shape
    ((131, 8), (27, 8))
    """

    pins: Floats
    lugs: Floats
    pairs: Floats

    def __post_init__(self) -> None:
        for name, found, size, most in (
            ("pins", self.pins, PINS, 1),
            ("lugs", self.lugs, WHEELS, BARS),
            ("pairs", self.pairs, len(PAIRS), BARS),
        ):
            if found.shape != (size,):
                raise ValueError(f"{name} have shape {found.shape}, expected ({size},)")
            if not ((found >= 0) & (found <= most)).all():
                raise ValueError(f"{name} are not all within 0 to {most}")

    def draw(self, count: int, generator: np.random.Generator) -> tuple[Bools, Bytes]:
        """``count`` keys near this belief: pins bool ``(131, count)``, kind of each bar uint8 ``(27, count)``."""
        sure = np.clip(self.pins, _UNSURE, 1 - _UNSURE)
        pins = generator.random((PINS, count)) < sure[:, None]
        bars = np.floor(self._bars()[:, None] + generator.random((KINDS, count))).astype(np.intp)
        kinds = np.empty((BARS, count), np.uint8)
        for restart in range(count):
            some = np.repeat(np.arange(KINDS, dtype=np.uint8), bars[:, restart])[
                generator.permutation(int(bars[:, restart].sum()))
            ]
            more = random_kinds(BARS, 1, generator)[:, 0]
            kinds[:, restart] = np.concatenate([some, more])[:BARS]
        return pins, kinds

    @property
    def leaning(self) -> NDArray[np.float32]:
        """How far each pin leans towards effective, as the logarithm of its odds, float32 ``(131,)``."""
        sure = np.clip(self.pins, _UNSURE, 1 - _UNSURE)
        return np.log(sure / (1 - sure)).astype(np.float32)

    def _bars(self) -> NDArray[np.float64]:
        """Bars of each kind, as a mean: what of a wheel's lugs is in no pair stands alone."""
        alone = self.lugs.astype(np.float64)
        for (one, other), shared in zip(PAIRS, self.pairs, strict=True):
            alone[one] -= shared
            alone[other] -= shared
        return np.concatenate([np.maximum(alone, 0), self.pairs])


def random_start(count: int, generator: np.random.Generator) -> tuple[Bools, Bytes]:
    """``count`` keys of no belief at all, as ``Start.draw`` gives them."""
    return generator.random((PINS, count)) < 0.5, random_kinds(BARS, count, generator)


def random_kinds(bars: int, count: int, generator: np.random.Generator) -> Bytes:
    """Kinds of bars, uint8 ``(bars, count)``: most with one lug."""
    alone = generator.integers(WHEELS, size=(bars, count), dtype=np.uint8)
    paired = generator.integers(WHEELS, KINDS, size=(bars, count), dtype=np.uint8)
    return np.where(generator.random((bars, count)) < _SHARE_OF_PAIRS, paired, alone)
