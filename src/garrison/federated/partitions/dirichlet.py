"""Every party has its own mixture of classes, drawn from a Dirichlet distribution (Hsu, Qi, Brown 2019)."""

import numpy as np
from numpy.typing import NDArray

from garrison.errors import UsageError
from garrison.federated.partitions.enough import check_enough


def dirichlet(
    y: NDArray[np.int64], *, parties: int, seed: int, alpha: float = 0.5, least: int = 1
) -> list[NDArray[np.int64]]:
    """Each class is dealt out by shares drawn from Dirichlet(``alpha``): small is uneven, large nears ``iid``.

    A party that ends with fewer than ``least`` rows takes from whoever has most, so that nobody is empty.

    >>> y = np.repeat(np.arange(10), 100)
    >>> sorted(np.concatenate(dirichlet(y, parties=7, seed=0, alpha=0.1)).tolist()) == list(range(1000))
    True
    """
    check_enough(len(y), parties * least, what=f"parties of {least} or more")
    if not 0 < alpha < float("inf"):
        raise UsageError(f"alpha is {alpha}", expected="a number above 0")
    draws = np.random.default_rng(seed)
    held: list[list[NDArray[np.int64]]] = [[] for _ in range(parties)]
    for one in np.unique(y):
        rows = draws.permutation(np.flatnonzero(y == one))
        shares = draws.dirichlet(np.full(parties, alpha))
        cuts = np.round(np.cumsum(shares)[:-1] * len(rows)).astype(np.int64)
        for mine, piece in zip(held, np.split(rows, cuts), strict=True):
            mine.append(piece)
    dealt = [np.concatenate(mine) for mine in held]
    return _nobody_empty(dealt, least)


def _nobody_empty(dealt: list[NDArray[np.int64]], least: int) -> list[NDArray[np.int64]]:
    for place, rows in enumerate(dealt):
        wanted = least - len(rows)
        while wanted > 0:
            rich = max(range(len(dealt)), key=lambda each: len(dealt[each]))
            given = min(wanted, len(dealt[rich]) - least)
            dealt[place] = np.concatenate([dealt[place], dealt[rich][-given:]])
            dealt[rich] = dealt[rich][:-given]
            wanted -= given
    return dealt
