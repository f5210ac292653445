"""What every test of a stream can do, and the threshold that two of them share."""

import math
from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from garrison.errors import SettingsError

Floats = NDArray[np.float64]

SLACK = 0.25
"""Standard deviations by which a level may move without being noticed by a sum of deviations."""

OUTERMOST = 1e-4


class StreamTest(ABC):
    """Looks at a stream of places among the training's values, in [0, 1]: evenly spread where nothing has changed.

    ``rate`` is how many false alarms there are a value, in the long run, at most.
    """

    name: ClassVar[str]

    def __init__(self, *, rate: float) -> None:
        if not 0 < rate < 1:
            raise SettingsError(
                f"a rate of {rate:g} false alarms a value", expected="a share between 0 and 1"
            )
        self.rate = rate

    @abstractmethod
    def update(self, places: Floats) -> tuple[int, ...]:
        """Look at the next places, shape (n,); gives where among them a change was seen, and begins anew each time."""


def normal_scores(places: Floats) -> Floats:
    """Places in [0, 1] as standard normal values; the outermost are cut, so that none is infinite."""
    from scipy.special import ndtri

    scores: Floats = ndtri(np.clip(places, OUTERMOST, 1 - OUTERMOST))
    return scores


def sum_threshold(rate: float) -> float:
    """Where a sum of standard normal steps, up or down with a slack of ``SLACK``, passes once in 1 / ``rate`` values.

    By Siegmund's formula for the mean length of a run (Sequential Analysis, 1985, section X.2).

    >>> round(sum_threshold(1 / 10_000), 1)
    14.5
    """
    low, high = 0.0, 1_000.0
    for _ in range(80):
        middle = (low + high) / 2
        height = 2 * SLACK * (middle + 1.166)
        length = (math.exp(min(height, 700.0)) - height - 1) / (2 * SLACK**2)
        # Two sums are watched, so that a run is half as long.
        low, high = (middle, high) if length / 2 < 1 / rate else (low, middle)
    return high
