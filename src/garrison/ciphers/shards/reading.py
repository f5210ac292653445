"""Finished shards, read one at a time: verified first, then mapped into memory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.shards.manifest import Manifest, command_of, read_manifest
from garrison.errors import IntegrityError

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Shards:
    """The shards of one finished folder.

    ``open`` raises as ``read_manifest`` does; reading a shard raises ``IntegrityError`` that names the shard when one
    of its files is missing or was changed.
    """

    folder: Path
    manifest: Manifest
    _verified: set[int] = field(default_factory=set, repr=False, compare=False)

    @classmethod
    def open(cls, folder: Path, stage: str) -> "Shards":
        """The shards of what ``garrison ciphers STAGE`` made in ``folder``."""
        return cls(folder, read_manifest(folder, stage))

    def __len__(self) -> int:
        return len(self.manifest.shards)

    @property
    def rows(self) -> int:
        """Rows in all shards."""
        return self.manifest.rows

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """The number of the first row of each shard, and of the row after the last; int64 ``(shards + 1,)``."""
        return np.cumsum([0, *(shard.rows for shard in self.manifest.shards)], dtype=np.int64)

    def path(self, number: int, what: str) -> Path:
        """The file of a shard that holds ``what``, its digest verified."""
        self._verify(number)
        return self.folder / self.manifest.shards[number].files[what].name

    def arrays(self, number: int) -> Arrays:
        """The arrays of a shard by what they hold, mapped into memory, not read."""
        files = self.manifest.shards[number].files
        names = [what for what, file in files.items() if file.name.endswith(".npy")]
        return {what: np.load(self.path(number, what), mmap_mode="r", allow_pickle=False) for what in names}

    def __iter__(self) -> Iterator[Arrays]:
        """The arrays of each shard, in order."""
        return (self.arrays(number) for number in range(len(self)))

    def _verify(self, number: int) -> None:
        if number in self._verified:
            return
        if faults := self.manifest.shards[number].faults(self.folder):
            raise IntegrityError(
                f"shard {number} cannot be used: {', '.join(faults)}",
                where=str(self.folder),
                expected="the digests of its manifest",
                remedy=f"give the command that made it again ({command_of(self.manifest.stage)} …): "
                "it makes what is damaged again, and nothing else",
            )
        self._verified.add(number)
