"""Numbers that are no words or letters are refused, and those of another type give the same ciphertext."""

from typing import Any

import numpy as np
import pytest

from garrison.ciphers import AES128, M209, Cipher, Speck
from garrison.errors import DataError

CIPHERS: dict[str, tuple[Cipher[Any], int]] = {
    "speck": (Speck(5), 65_535),
    "m209": (M209(length=10), 25),
    "aes128": (AES128(), 255),
}


@pytest.mark.parametrize("name", CIPHERS)
def test_any_type_of_whole_numbers_gives_the_same(name: str) -> None:
    cipher, _ = CIPHERS[name]
    keys, messages = cipher.random_keys(6, seed=1), cipher.random_messages(6, seed=2)
    wanted = cipher.encrypt(keys, messages)
    for kind in (np.int64, np.int32, np.uint32):
        found = cipher.encrypt(keys, messages.astype(kind))
        assert found.dtype == wanted.dtype
        assert (found == wanted).all()
        if isinstance(keys, np.ndarray):
            assert (cipher.encrypt(keys.astype(kind), messages) == wanted).all()
        assert (cipher.decrypt(keys, wanted.astype(kind)) == messages).all()


@pytest.mark.parametrize("name", CIPHERS)
@pytest.mark.parametrize("wrong", ["below", "above", "real", "nan"])
def test_what_is_no_word_or_letter_is_refused(name: str, wrong: str) -> None:
    cipher, most = CIPHERS[name]
    keys, messages = cipher.random_keys(6, seed=1), cipher.random_messages(6, seed=2).astype(np.int64)
    changed: Any = messages.astype(float) if wrong in {"real", "nan"} else messages.copy()
    if wrong != "real":
        changed[2, 1] = {"below": -1, "above": most + 1, "nan": float("nan")}[wrong]
    with pytest.raises(DataError, match=f"from 0 to {most:,}"):
        cipher.encrypt(keys, changed)
    with pytest.raises(DataError):
        cipher.decrypt(keys, changed)


def test_one_key_of_speck_is_for_all_blocks_and_two_are_not() -> None:
    keys, blocks = Speck().random_keys(1, seed=1), Speck().random_messages(6, seed=2)
    assert (Speck().encrypt(keys, blocks) == Speck().encrypt(np.repeat(keys, 6, axis=0), blocks)).all()
    for wrong in (blocks[:, :1], np.repeat(blocks, 2, axis=1), blocks[0]):
        with pytest.raises(DataError, match="shape"):
            Speck().encrypt(keys, wrong)
    with pytest.raises(DataError, match="shape"):
        Speck().encrypt(np.repeat(keys, 2, axis=0), blocks)
