"""All pins of a wheel are drawn anew at once, given everything else.

At every letter one pin of each wheel acts. So given the other wheels and the bars, the pins of one wheel do not depend
on one another: each is drawn from its exact distribution, in which a key whose squared errors sum to E has weight
exp(-E / temperature), times the odds of what was believed of its pins: block Gibbs sampling, a wheel a block.
"""

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.m209.wheels import FIRST, PAIRS, SIZES, WHEELS
from garrison.ciphers.recovery.restarts import Restarts

_PAIR_OF = {pair: kind for kind, pair in enumerate(PAIRS, WHEELS)}
_LEAST = np.float32(2**-23)


def noise(shape: tuple[int, ...], temperature: float, generator: np.random.Generator) -> NDArray[np.float32]:
    """Logistic numbers of scale ``temperature``: one exceeds a cost as often as a pin with that cost is effective."""
    chance = generator.random(shape, np.float32)
    np.clip(chance, _LEAST, 1 - _LEAST, out=chance)
    chance /= 1 - chance
    return np.log(chance, out=chance) * np.float32(temperature)


def draw_pins(restarts: Restarts, temperature: float, generator: np.random.Generator) -> None:
    """One pass over the six wheels of every restart."""
    lugs = restarts.lugs()
    shifts, each = np.empty_like(restarts.errors), np.empty_like(restarts.errors)
    for wheel, (first, size) in enumerate(zip(FIRST, SIZES, strict=True)):
        turns = -(-restarts.length // size)
        rows = slice(0, turns * size)
        acting, errors, shift, spare = (
            whole[rows] for whole in (restarts.acting[wheel], restarts.errors, shifts, each)
        )
        shift[:] = lugs[wheel]
        for other in range(WHEELS):
            if other != wheel:
                shared = restarts.counts[_PAIR_OF[min(wheel, other), max(wheel, other)]]
                shift -= np.multiply(restarts.acting[other][rows], shared, out=spare)
        errors += np.multiply(acting, shift, out=spare)
        # Effective, a pin changes the square of an error e by shift * (shift - 2 e).
        np.subtract(shift, errors, out=spare)
        spare -= errors
        spare *= shift
        spare[restarts.length :] = 0
        cost = spare.reshape(turns, size, -1).sum(0, dtype=np.int32)
        leaning = restarts.leaning[first : first + size] * np.float32(temperature)
        pins = cost < noise(cost.shape, temperature, generator) + leaning
        restarts.pins[first : first + size] = pins
        acting.reshape(turns, size, -1)[:] = pins
        errors -= np.multiply(acting, shift, out=spare)
    restarts.settle_ambiguous(temperature, generator)
