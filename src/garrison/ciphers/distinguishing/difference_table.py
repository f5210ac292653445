"""The distinguisher without a network: which differences of ciphertexts are likelier than for random pairs.

Rounds are taken as independent (a Markov cipher), so that the distribution of differences after one round tells that
after the next. The table keeps its likeliest entries; what is left of the probability is spread evenly. The last round
is worked out for the pairs that are asked about: half of a block's difference before it is known from that after it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.distinguishing.pairs import DIFFERENCES
from garrison.ciphers.distinguishing.xor_differences import (
    VALUES,
    Floats,
    Words,
    addition_probability,
    outcomes,
    through_addition,
)
from garrison.ciphers.speck import Speck, before_right
from garrison.errors import SettingsError
from garrison.progress import progress

MOST_ENTRIES = 1 << 22
_AT_ONCE = 1 << 22
_FEW = 8
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

    @property
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
        few = len(self.left) < _FEW * np.count_nonzero(np.diff(self.starts))
        (self._entry_by_entry if few else self._word_by_word)(kept)
        left, right, likely = kept.found()
        turned = _right(right, _BITS - _BETA) ^ left
        order = np.lexsort((left, turned))
        starts = np.searchsorted(turned[order], np.arange(VALUES + 1))
        return DifferenceTable(self.rounds + 1, left[order], likely[order], starts)

    def _word_by_word(self, kept: "_Likeliest") -> None:
        """All entries of a right word at once."""
        rights = np.flatnonzero(np.diff(self.starts))
        with progress(f"differences after {self.rounds + 1} rounds", total=len(rights)) as advance:
            for right in rights:
                here = slice(self.starts[right], self.starts[right + 1])
                likely = np.zeros(VALUES, np.float32)
                likely[_right(self.left[here], _ALPHA)] = self.likely[here]
                found = through_addition(likely, int(right))
                left = np.flatnonzero(found > kept.least).astype(np.uint16)
                kept.add(left, np.full(len(left), right, np.uint16), found[left])
                advance(1)

    def _entry_by_entry(self, kept: "_Likeliest") -> None:
        """Every outcome of every entry: quicker where a right word has but few."""
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


def table_for(rounds: int, *, most: int = MOST_ENTRIES) -> DifferenceTable:
    """The table by which pairs of so many rounds (2 to 22) are told: that of one round less.

    Up to 5 rounds it takes a minute or two; every round more is 65,536 passes of some 7 ms each.
    """
    if not 2 <= rounds <= 22:
        raise SettingsError(f"a table of differences for {rounds} rounds", expected="2 to 22 rounds")
    table = DifferenceTable.at_input()
    while table.rounds < rounds - 1:
        table = table.next_round(most)
    return table
