"""The largest gap between two distribution functions, and how likely it is where nothing changed."""

import numpy as np

from garrison.evaluation.drift import ks_p
from garrison.monitoring.cells import Numbers
from garrison.monitoring.statistics.base import Found, Statistic


def kolmogorov_smirnov(reference: Numbers, current: Numbers) -> Found:
    """The KS distance, in [0, 1], at the cut points and just below them, and its p-value.

    Between two cut points the gap may be larger, by as many rows of the reference at most as lie between them. What
    the sketch may be wrong by is taken off before the p-value: an inexact reference raises no alarm.
    """
    gaps = [
        np.abs(old / reference.rows - new / current.rows).max(initial=0.0)
        for old, new in ((reference.below, current.below), (reference.upto, current.upto))
    ]
    distance = float(max(gaps))
    unsure = reference.rank_error / reference.rows + current.rank_error / current.rows
    return Found(distance, ks_p(max(distance - unsure, 0.0), reference.rows, current.rows))


KOLMOGOROV_SMIRNOV = Statistic("ks", "KS distance", "numeric", 0.1, kolmogorov_smirnov)
