"""docs/sources.md names every column that a source of flows gives, every format, and where the key comes from."""

from pathlib import Path

import pytest

from garrison.data.pseudonym_key import KEY, KEY_FILE, PLACE
from garrison.data.sources.capture import CaptureSource
from garrison.data.sources.flows import FlowSource
from garrison.data.sources.netflow import NetflowSource
from garrison.data.sources.open import ENDINGS, FORMATS
from garrison.data.sources.zeek import ZeekSource

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "source", [CaptureSource, NetflowSource, ZeekSource], ids=lambda source: source.format
)
def test_every_column_is_in_the_table(source: type[FlowSource]) -> None:
    assert [column.name for column in source.columns if f"`{column.name}`" not in PAGE] == []


def test_formats_and_keys_are_named() -> None:
    assert [name for name in (*FORMATS, *ENDINGS, KEY, KEY_FILE, str(PLACE)) if f"`{name}`" not in PAGE] == []
