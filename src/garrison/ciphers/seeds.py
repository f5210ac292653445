"""Seeds that branch: every draw has a stream of its own, and training and testing never share one."""

from typing import Literal, get_args

import numpy as np

Seed = int | np.random.SeedSequence
Split = Literal["train", "test"]

SPLITS: tuple[Split, ...] = get_args(Split)


def branch(seed: Seed, *path: int) -> np.random.SeedSequence:
    """The seed at the end of ``path`` from ``seed``; other paths give independent streams.

    >>> branch(7, 1).generate_state(1) == branch(7, 2).generate_state(1)
    array([False])
    """
    if isinstance(seed, np.random.SeedSequence):
        return np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, *path))
    return np.random.SeedSequence(seed, spawn_key=path)


def split_seed(seed: Seed, split: Split) -> np.random.SeedSequence:
    """The stream of one split: no key, text or position drawn for training can come from that of testing."""
    return branch(seed, SPLITS.index(split))
