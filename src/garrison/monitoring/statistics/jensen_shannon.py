"""How many bits tell which of two distributions a category came from."""

import numpy as np

from garrison.monitoring.categories import Categories
from garrison.monitoring.statistics.aligned import aligned
from garrison.monitoring.statistics.base import Found, Statistic


def jensen_shannon(reference: Categories, current: Categories) -> Found:
    """The Jensen-Shannon distance, in [0, 1]: the root of the divergence to base 2 (Endres and Schindelin 2003)."""
    counts = aligned(reference, current)
    shares = counts / counts.sum(axis=1, keepdims=True)
    middle = shares.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = np.where(shares > 0, shares * np.log2(shares / middle), 0.0)
    return Found(float(np.sqrt(max(bits.sum() / 2, 0.0))))


JENSEN_SHANNON = Statistic("jensen_shannon", "Jensen-Shannon distance", "category", 0.1, jensen_shannon)
