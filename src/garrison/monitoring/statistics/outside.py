"""Whether values come that the reference does not know."""

from garrison.monitoring.categories import Categories
from garrison.monitoring.statistics.base import Found, Statistic


def outside(reference: Categories, current: Categories) -> Found:
    """By how much the share of values that the reference does not name has grown, in [0, 1]."""
    return Found(max(current.others_share - reference.others_share, 0.0))


OUTSIDE = Statistic("new_values", "share of new values", "category", 0.01, outside)
