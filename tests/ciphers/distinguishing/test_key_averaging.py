"""The mean over the last round's keys beside undoing the round with every key, and what it tells apart."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from garrison.ciphers import AES128, Speck
from garrison.ciphers.distinguishing import Pairs, averaged_likelihood, make_pairs, table_for
from garrison.ciphers.distinguishing.key_averaging import byte_counts
from garrison.ciphers.distinguishing.study import by_averaging, by_table
from garrison.ciphers.distinguishing.whole_table import Table
from garrison.ciphers.speck import before_right

Verdicts = NDArray[np.bool_]

ALL = np.arange(1 << 16, dtype=np.uint16)


def turned(words: NDArray[np.uint16], by: int) -> NDArray[np.uint16]:
    return (words >> np.uint16(by)) | (words << np.uint16(16 - by))


@dataclass(frozen=True)
class Dense:
    """A table of which every right word has the same row, by the left word's difference."""

    likely: NDArray[np.float32]
    rounds: int = 3

    def row(self, right: int) -> NDArray[np.float32]:
        by_added = np.empty(1 << 16, np.float32)
        by_added[turned(ALL, 7)] = self.likely
        return np.ascontiguousarray(by_added.reshape(256, 256).T)

    def likelihood(self, differences: NDArray[np.uint16]) -> NDArray[np.float64]:
        raise NotImplementedError


def test_the_mean_is_that_of_undoing_the_round_with_every_key() -> None:
    table = Dense(np.random.default_rng(1).random(1 << 16).astype(np.float32))
    pairs = make_pairs(Speck(4), 40, seed=1)
    told = averaged_likelihood(table, pairs)
    for first, second, found in zip(pairs.first, pairs.second, told, strict=True):
        lefts = []
        for block in (first, second):
            right = turned(block[:1] ^ block[1:], 2)
            lefts.append(turned((block[0] ^ ALL) - right, 9))
        assert found == pytest.approx(table.likely[lefts[0] ^ lefts[1]].mean(), rel=1e-5)


def test_every_key_is_counted_once() -> None:
    """Every key is counted once."""
    sums = ALL[::64]
    words = (np.full(len(sums), value, np.uint16) for value in (0x1234, 0xFEDC))
    low, high = byte_counts(sums, *words)
    assert np.einsum("nbl,nbh->n", low, high).tolist() == [1 << 16] * len(sums)


def test_values_tell_more_than_the_difference() -> None:
    pairs = make_pairs(Speck(4), 2000, seed=5)
    table = table_for(4, most=1 << 14)
    by_difference, by_values = (
        float((way(table, pairs) == pairs.real).mean()) for way in (by_table, by_averaging)
    )
    assert by_difference < by_values < 1, "1 would say that it sees the answer"


@pytest.mark.parametrize("way", [by_table, by_averaging])
def test_all_rounds_and_another_cipher_stay_at_chance(way: Callable[[Table, Pairs], Verdicts]) -> None:
    """Should this fail, something leaks of the answer into the pairs."""
    table = table_for(4, most=1 << 14)
    control = make_pairs(AES128(), 2000, seed=3)
    first, second = (each[:, :4].copy().view(np.uint16) for each in (control.first, control.second))
    for pairs in (make_pairs(Speck(), 2000, seed=3), Pairs(first, second, control.real, before_right)):
        told = way(table, pairs)
        share, real = told.mean(), pairs.real
        spread = np.sqrt(share * (1 - share) * (1 / real.sum() + 1 / (~real).sum()))
        assert 0 < share < 0.1, "few pairs look real"
        assert abs(told[real].mean() - told[~real].mean()) < 4 * spread
