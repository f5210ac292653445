"""Random pins, as the manual has them dealt: 131 of 156 shuffled cards, half of which say that a pin is effective.

Dealing makes patterns with k effective pins C(25, 78 - k) times as likely as one another would be by tossing coins. So
coins are tossed, wheel by wheel until no run is too long, and patterns are kept in that proportion: the outcome is the
same, and needs no shuffling.
"""

from math import comb

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.m209.keys import Bools
from garrison.ciphers.m209.rules import FEWEST_ACTIVE, MOST_ACTIVE, KeyRules
from garrison.ciphers.m209.wheels import PINS, SIZES, pins_of

Words = NDArray[np.uint32]

_LEFT_OVER = MOST_ACTIVE - FEWEST_ACTIVE
_MOST_AT_ONCE = 1 << 16


def random_pins(count: int, rules: KeyRules, generator: np.random.Generator) -> Bools:
    """``count`` random patterns of pins that keep the rules, bool ``(count, 131)``."""
    weights = np.zeros(PINS + 1)
    for active in range(rules.active[0], rules.active[1] + 1):
        weights[active] = comb(_LEFT_OVER, MOST_ACTIVE - active)
    weights /= weights.max()
    pins = np.empty((count, PINS), np.bool_)
    found = 0
    while found < count:
        at_once = min(max(1024, 3 * (count - found)), _MOST_AT_ONCE)
        words = [_wheel(size, at_once, rules.longest_run, generator) for size in SIZES]
        active = np.sum([np.bitwise_count(each) for each in words], axis=0)
        kept = np.flatnonzero(generator.random(at_once) < weights[active])[: count - found]
        for wheel, each in enumerate(words):
            pins[found : found + len(kept), pins_of(wheel)] = _bits(each[kept], SIZES[wheel])
        found += len(kept)
    return pins


def _bits(words: Words, size: int) -> Bools:
    spread = words.astype("<u4").view(np.uint8).reshape(-1, 4)
    return np.unpackbits(spread, axis=1, count=size, bitorder="little").view(np.bool_)


def _wheel(size: int, count: int, longest_run: int, generator: np.random.Generator) -> Words:
    """``count`` patterns of one wheel, one bit a pin, without a longer run of equal neighbours all around."""
    found: list[Words] = []
    left = count
    while left > 0:
        words = generator.integers(1 << size, size=left + left // 2 + 64, dtype=np.uint32)
        kept = words[~_has_run(words, size, longest_run + 1)][:left]
        found.append(kept)
        left -= len(kept)
    return np.concatenate(found)


def _has_run(words: Words, size: int, length: int) -> Bools:
    """Whether ``length`` neighbours are alike somewhere around a wheel."""
    alike = ~(words ^ _turned(words, size, 1))
    reach = 1
    while reach < length - 1:
        step = min(reach, length - 1 - reach)
        alike &= _turned(alike, size, step)
        reach += step
    return np.asarray(alike & np.uint32((1 << size) - 1) != 0)


def _turned(words: Words, size: int, by: int) -> Words:
    by %= size
    inside = words & np.uint32((1 << size) - 1)
    return (inside >> np.uint32(by)) | (inside << np.uint32(size - by))
