"""Where a value stands among those of the training: the share of them that lie below it."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from garrison.monitoring.categories import Categories
from garrison.monitoring.cells import Numbers

Floats = NDArray[np.float64]


def number_places(values: Floats, reference: Numbers) -> Floats:
    """The share of the training's values below each value, in [0, 1]; half of those that are equal count as below.

    Missing values are left out. Where nothing has changed, the places are evenly spread and their mean is 0.5.

    >>> numbers = Numbers(np.array([0.0, 2.0]), np.array([0, 3]), np.array([2, 4]), np.zeros(3), 4, 0, 1.0, 1.0)
    >>> number_places(np.array([-1.0, 0.0, 1.0, 2.0, 9.0, np.nan]), numbers).tolist()
    [0.0, 0.25, 0.625, 0.875, 1.0]
    """
    known = values[np.isfinite(values)]
    cuts, rows = reference.cuts, max(reference.rows, 1)
    if not len(cuts):
        return np.full(len(known), 0.5)
    left, right = np.searchsorted(cuts, known, "left"), np.searchsorted(cuts, known, "right")
    # Between two cut points in a straight line from what is at or under the first to what is under the second.
    low, high = np.maximum(left - 1, 0), np.minimum(left, len(cuts) - 1)
    width = np.where(high > low, cuts[high] - cuts[low], 1.0)
    share = np.clip((known - cuts[low]) / width, 0.0, 1.0)
    between = reference.upto[low] + share * (reference.below[high] - reference.upto[low])
    exact = (reference.below[high] + reference.upto[high]) / 2
    places = np.where(right > left, exact, between)
    places = np.where(known < cuts[0], 0.0, np.where(known > cuts[-1], rows, places))
    return np.asarray(places / rows, dtype=np.float64)


def category_places(values: pa.Array | pa.ChunkedArray, reference: Categories) -> Floats:
    """The same for categories, the commonest of the training first; what it did not name comes last.

    >>> reference = Categories({"tcp": 6, "udp": 3}, 1, 0)
    >>> category_places(pa.array(["udp", "tcp", None, "sctp"]), reference).tolist()
    [0.75, 0.3, 0.95]
    """
    rows = max(reference.rows, 1)
    names = sorted(reference.counts, key=lambda name: (-reference.counts[name], name))
    counts = np.array([*(reference.counts[name] for name in names), reference.others], dtype=np.float64)
    middles = (np.cumsum(counts) - counts / 2) / rows
    place_of = dict(zip(names, middles[:-1].tolist(), strict=True))
    # Values that training hardly had stand at the end: many of them in a row are a change.
    others = float(middles[-1])
    texts = values.cast(pa.string()).to_pylist()
    return np.array([place_of.get(text, others) for text in texts if text is not None], dtype=np.float64)
