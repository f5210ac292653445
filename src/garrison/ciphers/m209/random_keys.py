"""Random keys of the M-209 by the rules of its field manual, any number at once."""

import numpy as np

from garrison.ciphers.m209.keys import M209Keys
from garrison.ciphers.m209.random_bars import random_bars
from garrison.ciphers.m209.random_pins import random_pins
from garrison.ciphers.m209.rules import KeyRules
from garrison.ciphers.seeds import Seed, branch

MANUAL = KeyRules()


def random_keys(count: int, rules: KeyRules = MANUAL, *, seed: Seed) -> M209Keys:
    """``count`` keys that keep the rules; the same for the same seed.

    Pins and bars are drawn from streams of their own. The first call tabulates the settings of the bars, some seconds
    for all numbers of overlaps; then some hundred thousand keys a second come from one core. ``SettingsError`` when no
    key keeps the rules.

    >>> keys = random_keys(500, KeyRules(overlaps=(2, 2), non_shared={1: (5, 9)}), seed=7)
    >>> sorted(set(keys.overlaps.tolist())), bool((keys.non_shared[:, 0] >= 5).all())
    ([2], True)
    """
    pins, bars = (np.random.default_rng(branch(seed, stream)) for stream in range(2))
    return M209Keys(random_pins(count, rules, pins), random_bars(count, rules, bars))
