"""How far values have to be moved, on average, for one distribution to become the other."""

import numpy as np

from garrison.monitoring.cells import Floats, Numbers
from garrison.monitoring.statistics.base import Found, Statistic


def wasserstein(reference: Numbers, current: Numbers) -> Found:
    """The Wasserstein-1 distance in standard deviations of the reference; not bounded.

    The area between the two distribution functions, exact but for what they cross between two cut points. A reference
    without any spread is measured by that of both sides together.
    """
    scale = reference.spread or _joint_spread(reference, current)
    if scale == 0:
        return Found(0.0)
    areas = np.abs(_areas(reference) - _areas(current))
    return Found(float(areas.sum()) / scale)


def _areas(side: Numbers) -> Floats:
    """The area under the distribution function up to each cut point, and that above it after the last."""
    cuts, upto = side.cuts, side.upto
    between = np.diff(cuts) * upto[:-1] + (side.below[1:] - upto[:-1]) * cuts[1:] - side.sums[1:-1]
    before = side.below[0] * cuts[0] - side.sums[0]
    after = side.sums[-1] - (side.rows - upto[-1]) * cuts[-1]
    return np.concatenate([[before], between, [after]]) / side.rows


def _joint_spread(one: Numbers, two: Numbers) -> float:
    rows = one.rows + two.rows
    within = one.rows * one.spread**2 + two.rows * two.spread**2
    apart = one.rows * two.rows / rows * (one.mean - two.mean) ** 2
    return float(np.sqrt((within + apart) / rows))


WASSERSTEIN = Statistic("wasserstein", "Wasserstein distance", "numeric", 0.1, wasserstein)
