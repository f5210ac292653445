"""The likelihood of every one of the 2^32 differences after so many rounds, in a folder: a byte for each.

A difference is kept as how many times likelier it is than of a random pair, in the upper eight of the sixteen bits of
a float16 (three of them behind the point): 4.3 GB in 256 shards, by the high byte of the right word. A shard is 17 MB,
and few are held at a time. Each is verified as it is read. The folder is finished once it has a manifest; one that is
not is made again.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from garrison.ciphers.distinguishing.grouping import groups
from garrison.ciphers.distinguishing.through_addition import BYTE, ThroughAddition
from garrison.ciphers.distinguishing.xor_differences import VALUES, Floats, Words
from garrison.ciphers.shards import Manifest, ShardRecord, read_manifest
from garrison.ciphers.shards.manifest import MANIFEST, ShardFile
from garrison.ciphers.speck import before_right
from garrison.errors import IntegrityError, OutputError
from garrison.files import output_errors, sha256_of
from garrison.progress import progress
from garrison.spread import run_all

STAGE = "differences"
_RANDOM = np.float32(2.0**-32)
_LARGEST = np.float32(61440)
_DROPPED = 7
_SHARDS_HELD = 6
_AT_ONCE = 4
"""Of so many high bytes the rows stand in the same shards of the table before."""
_SHAPE = (BYTE, BYTE, BYTE)

Bytes = NDArray[np.uint8]


class Table(Protocol):
    """What is known of the differences after ``rounds`` rounds."""

    @property
    def rounds(self) -> int:
        """After how many rounds."""

    def row(self, right: int) -> Floats:
        """How likely each difference with this right word is, float32 ``(256, 256)``.

        In places by the low and the high byte of the left word as the next round adds it, turned right by 7.
        """

    def likelihood(self, differences: Words) -> NDArray[np.float64]:
        """How likely each difference, uint16 ``(n, 2)``, is after one round more; float64 ``(n,)``."""


def as_bytes(likely: Floats) -> Bytes:
    """Likelihoods as a byte each, rounded by 6 % at most; float32 in [0, 1]."""
    times = np.minimum(likely / _RANDOM, _LARGEST).astype(np.float16).view(np.uint16)
    rounded: Bytes = ((times + np.uint16(1 << (_DROPPED - 1))) >> np.uint16(_DROPPED)).astype(np.uint8)
    return rounded


_NUMBERS = np.arange(as_bytes(np.ones(1, np.float32))[0] + 1, dtype=np.uint16) << np.uint16(_DROPPED)
_LIKELY = _NUMBERS.view(np.float16).astype(np.float32) * _RANDOM


def from_bytes(kept: Bytes) -> Floats:
    """What ``as_bytes`` wrote."""
    return _LIKELY.take(kept)


def _places() -> NDArray[np.intp]:
    """Where the left word that the next round adds as low byte, high byte stands in a row in order."""
    added = np.arange(VALUES).reshape(BYTE, BYTE).T
    return ((added << 7 | added >> 9) & (VALUES - 1)).reshape(-1)


_PLACES = _places()
_SKEW = (np.arange(BYTE)[:, None] ^ np.arange(BYTE)) * BYTE + np.arange(BYTE)


def _name(shard: int) -> str:
    return f"{shard:03d}.bin"


class WholeTable:
    """The table in ``folder``; ``IntegrityError`` once a shard turns out to be other than it was written."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder, self._manifest = folder, manifest
        self._files = {shard.files["likely"].name: shard.files["likely"] for shard in manifest.shards}
        self._shard = lru_cache(_SHARDS_HELD)(self._read)

    def __reduce__(self) -> tuple[type["WholeTable"], tuple[Path, Manifest]]:
        """What another process needs: the folder, not the shards that are held."""
        return WholeTable, (self.folder, self._manifest)

    @property
    def rounds(self) -> int:
        """After how many rounds."""
        return int(self._manifest.made_from["rounds"])

    def row(self, right: int) -> Floats:
        """As ``Table.row`` says."""
        kept = self._shard(right >> 8)[:, right & (BYTE - 1)].reshape(-1)
        return from_bytes(kept[_PLACES]).reshape(BYTE, BYTE)

    def likelihood(self, differences: Words) -> NDArray[np.float64]:
        """As ``Table.likelihood`` says: every right word's row is carried through the round."""
        through, found = ThroughAddition(), np.empty(len(differences))
        with progress(f"differences of {len(differences):,} pairs", total=len(differences)) as advance:
            for right, rows in groups(before_right(differences)[:, 1]):
                found[rows] = through(self.row(right), right)[differences[rows, 0]]
                advance(len(rows))
        return found

    def _read(self, number: int) -> Bytes:
        name = _name(number)
        path = self.folder / name
        content = path.read_bytes() if path.is_file() else b""
        file = self._files.get(name)
        if file is None or hashlib.sha256(content).hexdigest() != file.sha256:
            raise IntegrityError(
                f"{name} is {'damaged' if content else 'missing'}",
                where=str(path),
                remedy=f"remove the folder {self.folder}: the next run makes it again",
            )
        return np.frombuffer(content, np.uint8).reshape(_SHAPE)


def open_whole(folder: Path, made_from: Mapping[str, Any]) -> WholeTable | None:
    """The table that was made in ``folder`` from that; ``IntegrityError`` for a manifest that was changed."""
    if not (folder / MANIFEST).is_file():
        return None
    manifest = read_manifest(folder, STAGE)
    return WholeTable(folder, manifest) if dict(manifest.made_from) == made_from else None


def make_whole(
    folder: Path,
    before: Table,
    made_from: Mapping[str, Any],
    *,
    shards: Sequence[int] = range(BYTE),
    processes: int = 1,
) -> WholeTable:
    """The table after one round more than ``before``, made in ``folder``; the same in any number of ``processes``.

    ``made_from`` is all that decides what is in it, as JSON values, its ``rounds`` among them. ``shards`` are the high
    bytes of the right words that will be asked for. ``OutputError`` where there is no room for its 4.3 GB.
    """
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).unlink(missing_ok=True)
        _check_room(folder, before.rounds + 1, len(shards) * BYTE * VALUES)
        paths = {number: folder / _name(number) for number in shards}
        _fill(paths, before, processes)
        records = tuple(
            ShardRecord(BYTE, {"likely": ShardFile(path.name, sha256_of(path))}) for path in paths.values()
        )
        manifest = Manifest(stage=STAGE, made_from=made_from, shards=records)
        manifest.write(folder)
    return WholeTable(folder, manifest)


def _check_room(folder: Path, rounds: int, wanted: int) -> None:
    held = sum(path.stat().st_size for path in folder.glob("*.bin"))
    free = shutil.disk_usage(folder).free
    if free + held < wanted:
        raise OutputError(
            f"the table of differences after {rounds} rounds takes {wanted / 1e9:.1f} GB, "
            f"and {free / 1e9:.1f} GB are free",
            where=str(folder),
            remedy="choose another --folder, or ask for 5 rounds at most, which need none",
        )


def _fill(paths: Mapping[int, Path], before: Table, processes: int) -> None:
    """Each shard, uint8 ``(256, 256, 256)``: high byte of the left word, low byte of the right one, of the left one.

    Right words of ``before`` are taken in the order of what they are after being turned in the round: a difference's
    right word is then that, XORed with its left word. Every high byte of it writes a place of its own in all shards.
    """
    for path in paths.values():
        with path.open("wb") as shard:
            shard.truncate(BYTE * VALUES)
    parts = [(paths, before, range(begin, begin + _AT_ONCE)) for begin in range(0, BYTE, _AT_ONCE)]
    run_all(_fill_part, parts, jobs=processes, title=f"differences after {before.rounds + 1} rounds")
    for path in paths.values():
        with path.open("rb") as shard:
            os.fsync(shard.fileno())


def _fill_part(paths: Mapping[int, Path], before: Table, highs: Sequence[int]) -> None:
    through, block = ThroughAddition(), np.empty(_SHAPE, np.uint8)
    for high in highs:
        for low in range(BYTE):
            turned = high << 8 | low
            right = (turned >> 2 | turned << 14) & (VALUES - 1)
            likely = before.row(right)
            block[low] = as_bytes(through(likely, right)).reshape(BYTE, BYTE) if likely.any() else 0
        for number, path in paths.items():
            with path.open("r+b") as shard:
                shard.seek((number ^ high) * VALUES)
                shard.write(block[:, number ^ high].reshape(-1)[_SKEW])
