"""Keys that fit are kept once each, those that more restarts came to before the others."""

from dataclasses import dataclass
from typing import cast

import numpy as np

from garrison.ciphers.m209 import acting_pins, random_keys
from garrison.ciphers.m209.keys import Bools, Bytes
from garrison.ciphers.recovery.fits import Fits
from garrison.ciphers.recovery.restarts import Restarts

KEYS = random_keys(3, seed=1)


@dataclass
class Standing:
    """Restarts that stand at keys, so many letters of each wrong."""

    at: list[int]
    errors: list[int]

    @property
    def pins(self) -> Bools:
        found: Bools = acting_pins(KEYS)[self.at].T
        return found

    def bars(self, which: Bytes) -> Bytes:
        found: Bytes = KEYS.bars[np.array(self.at)[which]]
        return found

    def wrong(self) -> Bytes:
        return np.array(self.errors)


def test_what_most_came_to_stands_first() -> None:
    fits = Fits(40)
    for steps, at, errors in ((0, [0, 1], [3, 5]), (10, [0, 1, 2], [0, 0, 0]), (20, [2, 1, 2], [0, 1, 0])):
        came = fits.look(cast(Restarts, Standing(at, errors)), steps)
        assert came.tolist() == [each == 0 for each in errors]
    assert (len(fits), fits.steps_to_first, fits.wrong) == (3, 10, 0)
    found = fits.keys()
    np.testing.assert_array_equal(found.pins[0], acting_pins(KEYS)[2])
    np.testing.assert_array_equal(found.bars[0], KEYS.bars[2])
