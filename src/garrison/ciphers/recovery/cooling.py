"""Simulated annealing of pins and bars: many restarts at once, cooled from where anything goes.

A step is one pass over the 131 pins and some of the bars of one restart.
"""

from dataclasses import dataclass

import numpy as np

from garrison.ciphers.m209.keys import Bytes
from garrison.ciphers.recovery.bar_moves import draw_bars
from garrison.ciphers.recovery.fits import Fits
from garrison.ciphers.recovery.pin_moves import draw_pins
from garrison.ciphers.recovery.restarts import Restarts
from garrison.ciphers.recovery.start import Start, random_start

_BARS_A_PASS = 9
_AGAINST_PAIRS = 3.0
"""Restarts differ in how they like bars with two lugs: keys have from 1 to 12 of them."""


@dataclass(frozen=True, kw_only=True)
class Cooling:
    """From ``hot`` to ``cold``, squares of letters, in ``passes`` equal ratios; ``restarts`` at once."""

    restarts: int
    passes: int
    hot: float
    cold: float

    def temperatures(self) -> list[float]:
        """The temperature of every pass."""
        ratio = (self.cold / self.hot) ** (1 / max(self.passes - 1, 1))
        return [self.hot * ratio**number for number in range(self.passes)]


def cool(
    stream: Bytes,
    how: Cooling,
    fits: Fits,
    generator: np.random.Generator,
    *,
    start: Start | None,
    steps: int,
) -> int:
    """Cool new restarts, keep what fits in ``fits``; ``steps`` were made before. Returns how many there are now."""
    pins, kinds = (
        random_start(how.restarts, generator) if start is None else start.draw(how.restarts, generator)
    )
    came = np.zeros(how.restarts, np.bool_)
    restarts = (
        Restarts(stream, pins, kinds) if start is None else Restarts(stream, pins, kinds, start.leaning)
    )
    for temperature in how.temperatures():
        steps += how.restarts
        came |= _pass(restarts, temperature, fits, generator, steps)
        if fits.full:
            break
    fits.came = int(came.sum())
    return steps


def look_around(
    stream: Bytes, how: Cooling, fits: Fits, generator: np.random.Generator, *, rounds: int, steps: int
) -> int:
    """Warm what fits and cool it again, ``rounds`` times, to see what else fits. Returns the steps by then."""
    for _ in range(rounds):
        if fits.full:
            break
        known = fits.keys()
        chosen = known[generator.integers(len(known), size=how.restarts)]
        kinds = np.stack([np.repeat(np.arange(len(bars), dtype=np.uint8), bars) for bars in chosen.bars], 1)
        restarts = Restarts(stream, np.ascontiguousarray(chosen.pins.T), kinds)
        restarts.settle_ambiguous(how.cold, generator)
        for temperature in how.temperatures():
            steps += how.restarts
            _pass(restarts, temperature, fits, generator, steps)
    return steps


def _pass(
    restarts: Restarts, temperature: float, fits: Fits, generator: np.random.Generator, steps: int
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    draw_pins(restarts, temperature, generator)
    against_pairs = np.linspace(_AGAINST_PAIRS, 0, restarts.count, dtype=np.float32)
    draw_bars(restarts, temperature, generator, bars=_BARS_A_PASS, against_pairs=against_pairs)
    return fits.look(restarts, steps)
