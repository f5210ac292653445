"""Every party knows two classes or so: the "pathological non-IID" partition of McMahan et al. 2017, section 3."""

import numpy as np
from numpy.typing import NDArray

from garrison.federated.partitions.enough import check_enough


def two_digits(y: NDArray[np.int64], *, parties: int, seed: int, shards: int = 2) -> list[NDArray[np.int64]]:
    """Rows sorted by class are cut into ``parties * shards`` equal shards, and each party gets ``shards`` at random.

    With as many records of each class, a shard holds one class, or two at a border: so most parties have ``shards``
    classes at most, and some have one more.

    >>> y = np.repeat(np.arange(10), 20)
    >>> max(len(set(y[rows])) for rows in two_digits(y, parties=10, seed=0))
    2
    """
    check_enough(len(y), parties * shards, what="shards")
    draws = np.random.default_rng(seed)
    shuffled = draws.permutation(len(y))
    by_class = shuffled[np.argsort(y[shuffled], kind="stable")]
    pieces = np.array_split(by_class, parties * shards)
    order = draws.permutation(parties * shards).reshape(parties, shards)
    return [np.concatenate([pieces[piece] for piece in mine]) for mine in order]
