"""Where the stages keep what they make: one folder a split, one in it a stage."""

from pathlib import Path

import numpy as np

from garrison.ciphers.seeds import Split
from garrison.errors import SettingsError

KEYS, MESSAGES, ARRAYS = "keys", "messages", "arrays"
SHARD = 50_000
"""Rows of a shard: what memory is bounded by."""


def stage_folder(folder: Path, split: Split, stage: str) -> Path:
    """The folder of what a stage made of a split."""
    return folder / split / stage


def rows_of_shards(count: int, shard: int) -> list[int]:
    """How many rows each shard has.

    >>> rows_of_shards(120, 50)
    [50, 50, 20]
    """
    if count < 1 or shard < 1:
        raise SettingsError(
            f"{count:,} rows in shards of {shard:,}", expected="at least one row, and one a shard"
        )
    return [min(shard, count - start) for start in range(0, count, shard)]


def numpy_stream() -> str:
    """The version that random streams may depend on: shards of two versions are never mixed."""
    return np.__version__
