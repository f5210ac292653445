"""How far the values of a column lie apart, whichever way its reference counts them."""

import math

import numpy as np

from garrison.monitoring.categories import Categories
from garrison.monitoring.cells import Numbers


def spread_of(column: Numbers | Categories) -> float | None:
    """The standard deviation of a column's values; None where they are no numbers, or rare ones were not kept.

    Whole numbers of a few allowed values are counted as categories.

    >>> spread_of(Categories({"0": 5, "2": 5}, others=0, missing=1))
    1.0
    >>> spread_of(Categories({"tcp": 5}, others=0, missing=0)) is None
    True
    """
    if isinstance(column, Numbers):
        return column.spread
    try:
        values = np.array([float(name) for name in column.counts])
    except ValueError:
        return None
    weights = np.array(list(column.counts.values()), dtype=np.float64)
    if column.others or not weights.sum() or not np.isfinite(values).all():
        return None
    mean = float(np.average(values, weights=weights))
    return math.sqrt(float(np.average(np.square(values - mean), weights=weights)))
