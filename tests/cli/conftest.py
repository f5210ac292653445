"""A small set of web sites, and a workspace to run in."""

from pathlib import Path

import pytest
from small_sites import write_sites


@pytest.fixture
def sites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CSV file of 400 made-up sites, its features file ``small.json`` beside it, in the current folder."""
    monkeypatch.chdir(tmp_path)
    return write_sites(tmp_path)
