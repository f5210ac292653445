"""How well a distinguisher tells fresh pairs, of a stream that no training has seen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.cipher import Cipher
from garrison.ciphers.distinguishing.pairs import Pairs, make_pairs
from garrison.ciphers.seeds import branch, split_seed
from garrison.evaluation.intervals import Interval
from garrison.evaluation.shares import share_interval

Verdicts = Callable[[Pairs], NDArray[np.bool_]]

DRAWN = 100_000
"""Pairs that are drawn from one stream."""
ASKED = 1_000_000


@dataclass(frozen=True)
class Judged:
    """``accuracy`` over all pairs, and of the real (``tpr``) and the random ones (``tnr``) the part told rightly."""

    accuracy: Interval
    tpr: Interval
    tnr: Interval

    @property
    def at_chance(self) -> bool:
        """Whether half may be all that is told rightly."""
        return self.accuracy.low <= 0.5 <= self.accuracy.high


def judge(verdicts: Verdicts, cipher: Cipher[Any], *, pairs: int = 1_000_000, seed: int = 0) -> Judged:
    """Ask about ``pairs`` fresh pairs, a million at a time; 95 % intervals (Wilson)."""
    stream = branch(split_seed(seed, "test"), getattr(cipher, "rounds", 0))
    right, real = [], []
    sizes = [min(DRAWN, pairs - begin) for begin in range(0, pairs, DRAWN)]
    for begin in range(0, len(sizes), ASKED // DRAWN):
        numbers = range(begin, min(begin + ASKED // DRAWN, len(sizes)))
        asked = Pairs.joined([make_pairs(cipher, sizes[each], seed=branch(stream, each)) for each in numbers])
        right.append(verdicts(asked) == asked.real)
        real.append(asked.real)
    hits, which = np.concatenate(right), np.concatenate(real)
    return Judged(share_interval(hits), share_interval(hits[which]), share_interval(hits[~which]))
