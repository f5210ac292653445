"""Whole tables: a byte a difference, verified as it is read, made once, and refused where there is no room."""

import shutil
from collections import namedtuple
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from garrison.ciphers.distinguishing import table_for
from garrison.ciphers.distinguishing.through_addition import ThroughAddition
from garrison.ciphers.distinguishing.whole_table import as_bytes, from_bytes, make_whole, open_whole
from garrison.errors import IntegrityError, OutputError, SettingsError

MADE_FROM = {"rounds": 2}
NOTHING = np.zeros((256, 256), np.float32)
RIGHTS = (0x0000, 0x1234, 0xFEDC)
"""The right words of the small table, which has no others."""


@dataclass(frozen=True)
class Sparse:
    """Three right words with some differences each, and nothing anywhere else."""

    rows: dict[int, NDArray[np.float32]]
    rounds: int = 1

    def row(self, right: int) -> NDArray[np.float32]:
        return self.rows.get(right, NOTHING)

    def likelihood(self, differences: NDArray[np.uint16]) -> NDArray[np.float64]:
        raise NotImplementedError


@pytest.fixture
def few() -> Sparse:
    """A table that is soon carried through a round: words that it has not are passed over."""
    generator = np.random.default_rng(1)
    return Sparse({right: generator.random((256, 256), np.float32) / np.float32(2**17) for right in RIGHTS})


def test_a_byte_is_within_six_per_cent() -> None:
    likely = (2.0 ** np.random.default_rng(1).uniform(-45, -17, 100_000)).astype(np.float32)
    kept = from_bytes(as_bytes(likely))
    assert abs(kept / likely - 1).max() < 0.0626
    assert abs((kept / likely).mean() - 1) < 0.002, "errors are as often up as down"
    assert from_bytes(as_bytes(np.array([0, 1], np.float32))).tolist() == [0, 61440 * 2.0**-32]


def test_every_difference_stands_where_the_round_takes_it(few: Sparse, tmp_path: Path) -> None:
    made = make_whole(tmp_path / "table", few, MADE_FROM, shards=(0x00, 0x80))
    table = open_whole(tmp_path / "table", MADE_FROM)
    assert table is not None
    assert made.rounds == table.rounds == 2
    through, left = ThroughAddition(), np.arange(1 << 16)
    likely = {right: through(few.row(right), right).copy() for right in RIGHTS}
    for right in (0x0000, 0x00FF, 0x8001):
        seen = np.zeros(1 << 16)
        for before, sums in likely.items():
            turned = (before << 2 | before >> 14) & 0xFFFF
            seen[turned ^ right] += from_bytes(as_bytes(sums))[turned ^ right]
        in_order = np.empty(1 << 16)
        in_order[:] = table.row(right).T.reshape(-1)[(left >> 7 | left << 9) & 0xFFFF]
        np.testing.assert_array_equal(in_order, seen)
    path = tmp_path / "table" / "128.bin"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    fresh = open_whole(tmp_path / "table", MADE_FROM)
    assert fresh is not None
    with pytest.raises(IntegrityError, match=r"128\.bin is damaged"):
        fresh.row(0x8001)
    path.unlink()
    with pytest.raises(IntegrityError, match=r"128\.bin is missing"):
        fresh.row(0x8001)
    assert open_whole(tmp_path / "table", {"rounds": 3}) is None
    (tmp_path / "table" / "manifest.json").write_text("{}")
    with pytest.raises(IntegrityError, match="the manifest is damaged"):
        open_whole(tmp_path / "table", MADE_FROM)


def test_no_room_is_told_before_anything_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**9, 0, 10**9))
    with pytest.raises(OutputError, match=r"takes 4\.3 GB, and 1\.0 GB are free"):
        make_whole(tmp_path / "table", Sparse({}), MADE_FROM)
    assert not [*(tmp_path / "table").glob("*.bin")]


def test_without_a_folder_there_is_no_whole_table() -> None:
    with pytest.raises(SettingsError, match="kept on disk"):
        table_for(6)
