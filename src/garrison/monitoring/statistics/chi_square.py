"""Whether categories come in other shares than they did."""

from garrison.evaluation.drift import shares_change
from garrison.monitoring.categories import Categories
from garrison.monitoring.statistics.aligned import aligned
from garrison.monitoring.statistics.base import Found, Statistic


def chi_square(reference: Categories, current: Categories) -> Found:
    """Cramér's V, in [0, 1], as it would be with equally many rows on either side, and the p-value of chi-square.

    Categories that are expected fewer than five times on a side are counted together.
    """
    counts = aligned(reference, current)
    change = shares_change(counts[:, counts.sum(axis=0) > 0])
    return Found(change.effect, change.p)


CHI_SQUARE = Statistic("cramers_v", "Cramér's V", "category", 0.1, chi_square)
