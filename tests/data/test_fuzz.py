"""A damaged file of events gives rows, rows refused by number, or an error of ours; and quickly, in little memory."""

from pathlib import Path
from typing import Any

import pytest
from flow_events import PSEUDONYMS
from held_to import examples, refused_or
from hypothesis import given
from hypothesis import strategies as st
from nearly_right import damaged
from small_sources import FILES, SITES

from garrison.data.quarantine import Quarantine
from garrison.data.sources import open_source

FEW = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged")


def read(path: Path, format: str, **how: Any) -> int:
    """How many rows there are; every batch whole, every row given once or refused once."""
    quarantine = Quarantine(None)
    numbers: list[int] = []
    for part in open_source(path, format=format, pseudonyms=PSEUDONYMS, **how).numbered(quarantine):
        part.batch.validate(full=True)
        assert len(part.rows) == part.batch.num_rows
        numbers += part.rows.to_pylist()
    if format != "pcap":
        assert numbers == sorted(set(numbers))
    return len(numbers)


@pytest.mark.parametrize("name", FILES)
def test_the_whole_file_is_read(folder: Path, name: str) -> None:
    ending, format, content = FILES[name]
    path = folder / f"whole{ending}"
    path.write_bytes(content)
    assert read(path, format) >= 2


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_met_with_rows_or_an_error_of_ours(folder: Path, name: str) -> None:
    ending, format, content = FILES[name]
    path = folder / f"damaged{ending}"
    schema = SITES if format in ("csv", "jsonl", "parquet") else None

    @examples(FEW)
    @given(damaged(content), st.booleans(), st.sampled_from([3, 65_536]))
    def hold(found: bytes, typed: bool, batch_rows: int) -> None:
        path.write_bytes(found)
        refused_or(lambda: read(path, format, schema=schema if typed else None, batch_rows=batch_rows))

    hold()
