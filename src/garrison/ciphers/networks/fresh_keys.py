"""Keys that are drawn as they are needed: none is seen twice, and there is nothing to learn by heart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from garrison.ciphers.m209.keys import M209Keys
from garrison.ciphers.m209.random_keys import MANUAL, random_keys
from garrison.ciphers.m209.rules import KeyRules
from garrison.ciphers.networks.examples import Batch
from garrison.ciphers.seeds import branch, split_seed
from garrison.errors import SettingsError

LENGTHS = (52, 75, 104, 150, 200)
SHORTEST, LONGEST = 26, 1000

_STREAM, _HELD_OUT, _LENGTH, _POOL = 2, 0, 1, 2
_AT_ONCE = 4096


@dataclass(frozen=True, kw_only=True)
class FreshKeys:
    """Random keys by ``rules`` out of the stream of training; each batch has messages of one of ``lengths`` letters.

    ``validation`` keys are set aside, each with a message of every length. Raises ``SettingsError`` for lengths out of
    26..1000, below which some pins make no letter.
    """

    lengths: Sequence[int] = LENGTHS
    rules: KeyRules = MANUAL
    validation: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.lengths or not all(SHORTEST <= each <= LONGEST for each in self.lengths):
            raise SettingsError(
                f"messages of {', '.join(map(str, self.lengths)) or 'no'} letters",
                expected=f"one length or more, each {SHORTEST} to {LONGEST}",
            )
        if self.validation < 1:
            raise SettingsError("no key is set aside", expected="one at least")

    @property
    def identity(self) -> Mapping[str, Any]:
        """As JSON values."""
        return {
            "keys": "fresh",
            "lengths": list(self.lengths),
            "rules": self.rules.to_dict(),
            "validation": self.validation,
            "seed": self.seed,
        }

    def batch(self, number: int, size: int) -> Batch:
        """Batch ``number`` of ``size`` keys."""
        turn = np.random.default_rng(self._branch(_LENGTH, number))
        length = int(turn.choice(np.asarray(self.lengths)))
        rows = range(number * size, (number + 1) * size)
        pools = range(rows.start // _AT_ONCE, (rows.stop - 1) // _AT_ONCE + 1)
        parts = [
            _pool(self.seed, self.rules, pool)[
                max(rows.start - pool * _AT_ONCE, 0) : min(rows.stop - pool * _AT_ONCE, _AT_ONCE)
            ]
            for pool in pools
        ]
        return Batch.of(parts[0] if len(parts) == 1 else M209Keys.join(parts), length)

    def held_out(self) -> Sequence[Batch]:
        """The keys that were set aside, with messages of each length."""
        keys = random_keys(self.validation, self.rules, seed=self._branch(_HELD_OUT))
        return [Batch.of(keys, length) for length in self.lengths]

    def _branch(self, *path: int) -> np.random.SeedSequence:
        return branch(split_seed(self.seed, "train"), _STREAM, *path)


@lru_cache(maxsize=2)
def _pool(seed: int, rules: KeyRules, number: int) -> M209Keys:
    stream = branch(split_seed(seed, "train"), _STREAM, _POOL, number)
    return random_keys(_AT_ONCE, rules, seed=stream)
