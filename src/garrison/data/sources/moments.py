"""Count, mean, spread and extremes of many series at once, fed a batch at a time."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Moments:
    """One series a lane: its count, mean, sum of squared distances from the mean, least and greatest.

    Batches are merged as in Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
    Variances" (1979), so that a small spread around a large mean is not lost.
    """

    def __init__(self) -> None:
        self.count: Ints = np.zeros(0, dtype=np.int64)
        self.mean: Floats = np.zeros(0)
        self.squares: Floats = np.zeros(0)
        self.low: Floats = np.zeros(0)
        self.high: Floats = np.zeros(0)

    def resize(self, lanes: int) -> None:
        """Have ``lanes`` of them; new ones are empty."""
        more = lanes - len(self.count)
        self.count = np.concatenate([self.count, np.zeros(more, dtype=np.int64)])
        self.mean = np.concatenate([self.mean, np.zeros(more)])
        self.squares = np.concatenate([self.squares, np.zeros(more)])
        self.low = np.concatenate([self.low, np.full(more, np.inf)])
        self.high = np.concatenate([self.high, np.full(more, -np.inf)])

    def add(self, lanes: Ints, values: Floats) -> None:
        """Feed values; ``lanes`` says to which lane each goes and rises."""
        if not len(values):
            return
        starts = np.concatenate([[0], np.flatnonzero(np.diff(lanes)) + 1])
        lane = lanes[starts]
        count = np.diff(np.concatenate([starts, [len(values)]]))
        mean = np.add.reduceat(values, starts) / count
        squares = np.add.reduceat((values - np.repeat(mean, count)) ** 2, starts)
        before = self.count[lane]
        after = before + count
        step = mean - self.mean[lane]
        self.squares[lane] += squares + step**2 * before * count / after
        self.mean[lane] += step * count / after
        self.count[lane] = after
        self.low[lane] = np.minimum(self.low[lane], np.minimum.reduceat(values, starts))
        self.high[lane] = np.maximum(self.high[lane], np.maximum.reduceat(values, starts))

    def only(self, lanes: NDArray[np.int64]) -> "Moments":
        """Some of the lanes, in that order."""
        some = Moments()
        some.count, some.mean, some.squares = self.count[lanes], self.mean[lanes], self.squares[lanes]
        some.low, some.high = self.low[lanes], self.high[lanes]
        return some

    def merged(self, other: "Moments") -> "Moments":
        """Each lane together with the same lane of the other."""
        both = Moments()
        both.count = self.count + other.count
        whole = np.maximum(both.count, 1)
        step = other.mean - self.mean
        both.mean = self.mean + step * other.count / whole
        both.squares = self.squares + other.squares + step**2 * self.count * other.count / whole
        both.low, both.high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        return both

    def table(self, name: str) -> dict[str, Floats]:
        """``name_mean``, ``_std``, ``_min`` and ``_max`` of each lane, NaN where there is no value.

        The standard deviation is that of a sample (n - 1); of a single value it is 0.
        """
        empty = self.count == 0
        std = np.sqrt(self.squares / np.maximum(self.count - 1, 1))
        columns = {"mean": self.mean, "std": std, "min": self.low, "max": self.high}
        return {f"{name}_{what}": np.where(empty, np.nan, values) for what, values in columns.items()}
