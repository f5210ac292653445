"""How far values have to be moved, on average, for one distribution to become the other."""

import numpy as np

from garrison.monitoring.cells import Numbers
from garrison.monitoring.statistics.base import Found, Statistic


def wasserstein(reference: Numbers, current: Numbers) -> Found:
    """The Wasserstein-1 distance in standard deviations of the reference; not bounded.

    Between cut points both distribution functions are taken to be straight; how far values lie beyond the reference's
    extremes is counted exactly. A reference without any spread is measured by that of both sides together.
    """
    scale = reference.spread or _joint_spread(reference, current)
    if scale == 0:
        return Found(0.0)
    gaps = np.diff(reference.cuts)
    left = np.abs(reference.upto / reference.rows - current.upto / current.rows)[:-1]
    right = np.abs(reference.below / reference.rows - current.below / current.rows)[1:]
    signed = (reference.upto / reference.rows - current.upto / current.rows)[:-1] * (
        reference.below / reference.rows - current.below / current.rows
    )[1:]
    both = np.where(left + right > 0, left + right, 1.0)
    area = np.where(signed >= 0, (left + right) / 2, (left**2 + right**2) / (2 * both))
    inside = float((gaps * area).sum())
    outside = (current.short + current.over) / current.rows
    return Found((inside + outside) / scale)


def _joint_spread(one: Numbers, two: Numbers) -> float:
    rows = one.rows + two.rows
    within = one.rows * one.spread**2 + two.rows * two.spread**2
    apart = one.rows * two.rows / rows * (one.mean - two.mean) ** 2
    return float(np.sqrt((within + apart) / rows))


WASSERSTEIN = Statistic("wasserstein", "Wasserstein distance", "numeric", 0.1, wasserstein)
