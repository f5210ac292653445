"""Two sides of a column of categories as counts of the same categories."""

import numpy as np
from numpy.typing import NDArray

from garrison.monitoring.categories import Categories


def aligned(reference: Categories, current: Categories) -> NDArray[np.float64]:
    """The rows of each category that the reference names, and of all others together, shape (2, k + 1)."""
    return np.array(
        [
            [*reference.counts.values(), reference.others],
            [*(current.counts.get(name, 0) for name in reference.counts), current.others],
        ],
        dtype=np.float64,
    )
