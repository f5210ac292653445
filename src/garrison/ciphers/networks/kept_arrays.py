"""The arrays that `garrison ciphers arrays` made, to learn from: verified, mapped into memory, in another order each
time through."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.networks.examples import Batch
from garrison.ciphers.seeds import branch, split_seed
from garrison.ciphers.shards import Shards
from garrison.errors import UsageError

_STREAM = 3


class KeptArrays:
    """Batches out of the arrays for training; a share of their keys is set aside.

    Raises ``UsageError`` for arrays of ciphertext alone, or fewer keys than a batch.
    """

    def __init__(
        self, shards: Shards, *, validation: float = 0.05, most_validation: int = 2048, seed: int = 0
    ) -> None:
        made_from = shards.manifest.made_from
        if made_from["mode"] != "known-plaintext":
            raise UsageError(
                "the network reads key streams, and these arrays are of ciphertext alone",
                where=str(shards.folder),
                remedy="make them with known plaintext: garrison ciphers encrypt --mode known-plaintext …",
            )
        self.shards = shards
        self.seed = seed
        self.lengths = (int(made_from["length"]),)
        self.set_aside = max(1, min(int(validation * shards.rows), most_validation))
        self._rows = lru_cache(maxsize=2)(self._order)

    @property
    def identity(self) -> Mapping[str, Any]:
        """As JSON values."""
        return {
            "keys": self.shards.manifest.identity,
            "lengths": list(self.lengths),
            "set_aside": self.set_aside,
            "seed": self.seed,
        }

    def batch(self, number: int, size: int) -> Batch:
        """Batch ``number`` of ``size`` keys; a time through all keys ends with the last whole batch."""
        here = self.shards.rows - self.set_aside
        if here < size:
            raise UsageError(
                f"a batch of {size:,} keys is more than the {here:,} there are to learn from",
                where=str(self.shards.folder),
                remedy="make more keys, or take smaller batches",
            )
        turn, place = divmod(number, here // size)
        return self._read(self._rows(turn)[place * size : (place + 1) * size])

    def held_out(self) -> Sequence[Batch]:
        """The keys that were set aside: the last ones."""
        return [self._read(np.arange(self.shards.rows - self.set_aside, self.shards.rows))]

    def _order(self, turn: int) -> NDArray[np.int64]:
        """Shard after shard, shards and the keys of each in a random order, so that few are mapped at a time."""
        generator = np.random.default_rng(branch(split_seed(self.seed, "train"), _STREAM, turn))
        ends = np.minimum(self.shards.starts, self.shards.rows - self.set_aside)
        parts = [
            ends[shard] + generator.permutation(int(ends[shard + 1] - ends[shard]))
            for shard in generator.permutation(len(self.shards))
        ]
        return np.concatenate(parts)

    def _read(self, rows: NDArray[np.int64]) -> Batch:
        owners = np.searchsorted(self.shards.starts, rows, side="right") - 1
        parts = []
        for shard in dict.fromkeys(owners.tolist()):
            arrays = self.shards.arrays(shard)
            inside = rows[owners == shard] - self.shards.starts[shard]
            parts.append({what: np.asarray(values[inside]) for what, values in arrays.items()})
        joined = {what: np.concatenate([part[what] for part in parts]) for what in parts[0]}
        return Batch(joined["x"], joined["pins"], np.hstack([joined["lugs"], joined["pairs"]]))
