"""Where the randomness of a round comes from: never from the order in which parties answer, nor from a process."""

import hashlib

import numpy as np
from numpy.random import Generator


def seed_for(seed: int, *names: str | int) -> int:
    """A seed below 2**63 that belongs to these names.

    >>> seed_for(0, "round", 1) == seed_for(0, "round", 1) != seed_for(0, "round", 2)
    True
    """
    text = "/".join(map(str, (seed, *names)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def draws_for(seed: int, *names: str | int) -> Generator:
    """A generator that belongs to these names."""
    return np.random.default_rng(seed_for(seed, *names))
