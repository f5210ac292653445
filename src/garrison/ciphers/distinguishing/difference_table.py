"""The distinguisher without a network: which differences of ciphertexts are likelier than for random pairs.

Rounds are taken as independent (a Markov cipher), so that the distribution of differences after one round tells that
after the next. Up to four rounds the table keeps its likeliest entries, and what is left of the probability is spread
evenly; after more there is a whole table. The last round is worked out for the pairs that are asked about: half of a
block's difference before it is known from that after it.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.distinguishing.pairs import DIFFERENCES
from garrison.ciphers.distinguishing.through_addition import BYTE
from garrison.ciphers.distinguishing.whole_table import Table, make_whole, open_whole
from garrison.ciphers.distinguishing.xor_differences import (
    VALUES,
    Floats,
    Words,
    addition_probability,
    outcomes,
)
from garrison.ciphers.speck import Speck, before_right
from garrison.errors import SettingsError
from garrison.progress import progress

MOST_ENTRIES = 1 << 24
MOST_SPARSE = 4
"""After so many rounds the likeliest entries still hold nearly all of the probability."""
_AT_ONCE = 1 << 22
_WORDS_AT_ONCE = 1 << 10
_BITS = 16
_ALPHA, _BETA = 7, 2


def _right(words: Words, by: int) -> Words:
    return (words >> np.uint16(by)) | (words << np.uint16(_BITS - by))


@dataclass(frozen=True, eq=False)
class DifferenceTable:
    """Differences of Speck32/64's state after so many rounds, sorted by their right word.

    ``left`` uint16 and ``likely`` float32, one entry each; those of the right word w stand from ``starts[w]`` to
    ``starts[w + 1]``.
    """

    rounds: int
    left: Words
    likely: Floats
    starts: NDArray[np.int64]

    @cached_property
    def rest(self) -> float:
        """The probability of all differences that are not in the table together."""
        return max(0.0, 1.0 - float(self.likely.sum(dtype=np.float64)))

    @classmethod
    def at_input(cls) -> "DifferenceTable":
        """The input difference alone, before the first round."""
        left, right = DIFFERENCES[Speck.name]
        starts = np.where(np.arange(VALUES + 1) > right, 1, 0).astype(np.int64)
        return cls(0, np.array([left], np.uint16), np.ones(1, np.float32), starts)

    def next_round(self, most: int = MOST_ENTRIES) -> "DifferenceTable":
        """The table after one round more, with at most ``most`` entries, the likeliest."""
        kept = _Likeliest(most)
        self._outcomes(kept)
        left, right, likely = kept.found()
        turned = _right(right, _BITS - _BETA) ^ left
        order = np.lexsort((left, turned))
        starts = np.searchsorted(turned[order], np.arange(VALUES + 1))
        return DifferenceTable(self.rounds + 1, left[order], likely[order], starts)

    def _outcomes(self, kept: "_Likeliest") -> None:
        """Every outcome of every entry."""
        rights = np.repeat(np.arange(VALUES, dtype=np.uint16), np.diff(self.starts))
        with progress(f"differences after {self.rounds + 1} rounds", total=VALUES) as advance:
            for words in range(0, VALUES, _WORDS_AT_ONCE):
                here = slice(self.starts[words], self.starts[words + _WORDS_AT_ONCE])
                owner, left, likely = outcomes(
                    _right(self.left[here], _ALPHA), rights[here], self.likely[here]
                )
                both = rights[here][owner].astype(np.uint32) << np.uint32(_BITS) | left
                distinct, which = np.unique(both, return_inverse=True)
                sums = np.bincount(which, weights=likely, minlength=len(distinct)).astype(np.float32)
                enough = sums > kept.least
                right = (distinct[enough] >> np.uint32(_BITS)).astype(np.uint16)
                kept.add(distinct[enough].astype(np.uint16), right, sums[enough])
                advance(_WORDS_AT_ONCE)

    def row(self, right: int) -> Floats:
        """As ``Table.row`` says; what the entries leave is spread over all places."""
        here = slice(self.starts[right], self.starts[right + 1])
        added = _right(self.left[here], _ALPHA)
        found = np.full((BYTE, BYTE), self.rest / VALUES**2, np.float32)
        found[added & np.uint16(BYTE - 1), added >> np.uint16(8)] += self.likely[here]
        return found

    def likelihood(self, differences: Words) -> NDArray[np.float64]:
        """How likely each difference, uint16 ``(n, 2)``, is after one round more than the table's; float64 ``(n,)``."""
        right = before_right(differences)[:, 1]
        counts = (self.starts[1:] - self.starts[:-1])[right]
        found = np.full(len(differences), self.rest / VALUES**2)
        ends = np.cumsum(counts)
        begin = 0
        while begin < len(differences):
            before = ends[begin - 1] if begin else 0
            end = max(begin + 1, int(np.searchsorted(ends, before + _AT_ONCE, side="right")))
            found[begin:end] += self._entries(differences[begin:end, 0], right[begin:end], counts[begin:end])
            begin = end
        return found

    def _entries(self, after: Words, right: Words, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        pair = np.repeat(np.arange(len(after)), counts)
        entry = (
            np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts) + self.starts[right][pair]
        )
        chance = addition_probability(_right(self.left[entry], _ALPHA), right[pair], after[pair])
        return np.bincount(pair, weights=chance * self.likely[entry], minlength=len(after)).astype(np.float64)


class _Likeliest:
    """Collects entries and forgets the least likely while there are too many."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.least = np.float32(0)
        self.held = 0
        self.parts: list[tuple[Words, Words, Floats]] = []

    def add(self, left: Words, right: Words, likely: Floats) -> None:
        self.parts.append((left, right, likely))
        self.held += len(left)
        if self.held > 4 * self.most:
            self.parts = [self._cut(2 * self.most)]
            self.held = len(self.parts[0][0])
            self.least = self.parts[0][2].min()

    def found(self) -> tuple[Words, Words, Floats]:
        return self._cut(self.most)

    def _cut(self, most: int) -> tuple[Words, Words, Floats]:
        left, right, likely = (np.concatenate(each) for each in zip(*self.parts, strict=True))
        if len(likely) <= most:
            return left, right, likely
        kept = np.sort(np.argpartition(likely, len(likely) - most)[len(likely) - most :])
        return left[kept], right[kept], likely[kept]


def table_for(
    rounds: int, *, most: int = MOST_ENTRIES, folder: Path | None = None, processes: int = 1
) -> Table:
    """The table by which pairs of so many rounds (2 to 22) are told: that of one round less.

    Up to 5 rounds it has ``most`` entries and takes a minute. For more it is whole, made in so many ``processes`` from
    that of the round before: two to three minutes of one core and 4.3 GB in ``folder`` for each, once. Raises
    ``SettingsError`` for other rounds or where a folder is wanted and there is none, and else as ``open_whole`` and
    ``make_whole`` do.
    """
    if not 2 <= rounds <= 22:
        raise SettingsError(f"a table of differences for {rounds} rounds", expected="2 to 22 rounds")
    return _table_after(rounds - 1, most, folder, processes)


def _table_after(rounds: int, most: int, folder: Path | None, processes: int) -> Table:
    if rounds <= MOST_SPARSE:
        table = DifferenceTable.at_input()
        while table.rounds < rounds:
            table = table.next_round(most)
        return table
    if folder is None:
        raise SettingsError(
            f"the table of differences after {rounds} rounds is kept on disk",
            expected="a folder with room for 4.3 GB for each round above 5",
        )
    place = folder / f"differences-{rounds}"
    made_from = {
        "cipher": Speck.name,
        "difference": list(DIFFERENCES[Speck.name]),
        "entries": most,
        "rounds": rounds,
    }
    kept = open_whole(place, made_from)
    if kept is not None:
        return kept
    before = _table_after(rounds - 1, most, folder, processes)
    return make_whole(place, before, made_from, processes=processes)
