"""The population stability index over ten parts of the reference."""

import numpy as np

from garrison.monitoring.cells import Numbers
from garrison.monitoring.statistics.base import Found, Statistic


def population_stability(reference: Numbers, current: Numbers) -> Found:
    """The PSI (Siddiqi 2006): Σ (p - q) ln(p / q) over about ten parts with equally many rows of the reference.

    Half a row is added to every part, so that an empty one is no division by zero. Usually read as: under 0.1 stable,
    over 0.25 changed; not bounded.
    """
    old, new = (np.add.reduceat(side.cells(), reference.tenths) + 0.5 for side in (reference, current))
    p, q = old / old.sum(), new / new.sum()
    return Found(float(((q - p) * np.log(q / p)).sum()))


PSI = Statistic("psi", "PSI", "numeric", 0.1, population_stability)
