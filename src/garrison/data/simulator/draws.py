"""Draws that several kinds of traffic share; every one from the generator that it is given."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from garrison.data.simulator.events import Floats, Ints
from garrison.data.simulator.scene import US, Hour

LARGEST_SIZE = 2**40
PACKET_BYTES = 1_400


def choices(rng: Generator, count: int, shares: Sequence[float]) -> Ints:
    """Places in ``shares``, each as often as its share says; shape (count,)."""
    bounds = np.cumsum(shares)
    drawn = np.searchsorted(bounds, rng.random(count) * bounds[-1], side="right")
    return np.asarray(np.minimum(drawn, len(shares) - 1), dtype=np.int64)


def lognormal(rng: Generator, count: int, *, median: float, spread: float) -> Floats:
    """Positive numbers whose natural logarithm is normal with standard deviation ``spread``; shape (count,)."""
    return median * np.exp(rng.normal(0.0, spread, count))


def sizes(rng: Generator, count: int, *, median: float, spread: float) -> Ints:
    """Log-normal sizes in whole bytes."""
    drawn = lognormal(rng, count, median=median, spread=spread)
    return np.minimum(drawn, LARGEST_SIZE).astype(np.int64)


def packets_for(rng: Generator, size: Ints, *, fewest: int | Ints) -> Ints:
    """Packets for a payload: one for every 1,400 bytes, ``fewest`` more, and up to three that were sent again."""
    return fewest + -(-size // PACKET_BYTES) + np.asarray(rng.binomial(3, 0.25, len(size)))


@dataclass(frozen=True)
class Bursts:
    """Events that come in bursts: to which each belongs, and when it happens; both of shape (n,)."""

    number: Ints
    at: Ints
    count: int


def bursts(rng: Generator, hour: Hour, count: int, *, size: float, gap_s: float, spread: float) -> Bursts:
    """``count`` events in bursts of ``size`` on average, with gaps of ``gap_s`` seconds within one.

    Some bursts are much larger than others (Dirichlet with concentration 1), and their mean gaps differ
    (log-normal with ``spread``).
    """
    many = max(1, round(count / size))
    number = choices(rng, count, rng.dirichlet(np.ones(many)).tolist())
    gap = lognormal(rng, many, median=gap_s, spread=spread)
    lengths = np.bincount(number, minlength=many)
    begin = hour.moments(rng, many)
    after = rng.random(count) * (lengths * gap)[number] * US
    return Bursts(number, hour.wrapped(begin[number] + after.astype(np.int64)), many)
