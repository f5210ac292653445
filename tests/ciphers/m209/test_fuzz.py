"""A damaged key list gives a key that the machine can be set to, or an error of ours."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from held_to import examples, refused_or
from hypothesis import given
from m209_by_hand import published
from nearly_right import damaged, damaged_json_text

from garrison.ciphers.m209.key_list import read_key_list, read_key_lists
from garrison.ciphers.m209.machine import M209
from garrison.ciphers.m209.wheels import BARS

FEW = 30
LISTS = {
    "one": published(),
    "many": {"key_lists": [published(), published() | {"name": "CD", "check": None}]},
}


def enciphered(path: Path, name: str | None) -> None:
    """Read, and print a message with what was read, as `garrison ciphers encipher` does."""
    keys = read_key_lists(path) if name is None else read_key_list(path, name).keys
    assert len(keys) >= 1
    assert int(keys.bars.sum(axis=1, dtype=np.int64).max()) <= BARS
    found = M209().encrypt(keys[:1], np.zeros((1, 40), np.uint8), indicators=np.zeros((1, 6), np.uint8))
    assert found.shape == (1, 40)
    assert int(found.max()) < 26


@pytest.mark.parametrize("name", [None, "AB"])
@pytest.mark.parametrize("facts", LISTS.values(), ids=LISTS)
def test_a_damaged_key_list_is_refused_or_enciphers(tmp_path: Path, facts: Any, name: str | None) -> None:
    path = tmp_path / "keys.json"
    content = json.dumps(facts).encode()
    path.write_bytes(content)
    enciphered(path, name)

    @examples(FEW)
    @given(damaged(content) | damaged_json_text(facts))
    def hold(found: bytes) -> None:
        path.write_bytes(found)
        refused_or(lambda: enciphered(path, name))

    hold()
