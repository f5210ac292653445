"""Every party has a random share: all of them see the same world (McMahan et al. 2017, "IID")."""

import numpy as np
from numpy.typing import NDArray

from garrison.federated.partitions.enough import check_enough


def iid(y: NDArray[np.int64], *, parties: int, seed: int) -> list[NDArray[np.int64]]:
    """Shuffled rows in equal shares; sizes differ by one at most.

    >>> [len(rows) for rows in iid(np.zeros(10, np.int64), parties=3, seed=0)]
    [4, 3, 3]
    """
    check_enough(len(y), parties)
    return list(np.array_split(np.random.default_rng(seed).permutation(len(y)), parties))
