"""What holds of every cipher; a new one is a row of ``ROWS``."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from garrison.ciphers import AES128, CIPHERS, M209, Cipher, Speck
from garrison.ciphers.m209 import KeyRules
from garrison.errors import SettingsError

FEW = KeyRules(overlaps=(1, 2))
ROWS: list[Cipher[Any]] = [
    M209(FEW, length=40),
    Speck(),
    Speck(5),
    AES128(),
]


@pytest.fixture(params=ROWS, ids=lambda cipher: f"{cipher.name}-{getattr(cipher, 'rounds', '')}")
def cipher(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_every_cipher_has_a_row() -> None:
    assert {row.name for row in ROWS} == {*CIPHERS}
    assert all(CIPHERS[row.name] is type(row) for row in ROWS)
    assert len({kind.title for kind in CIPHERS.values()}) == len(CIPHERS)


@pytest.mark.parametrize("kind", [Speck(), AES128()], ids=lambda kind: kind.name)
def test_every_bit_of_a_key_and_of_a_block_is_a_coin(kind: Cipher[Any]) -> None:
    for drawn in (kind.random_keys(4_000, seed=1), kind.random_messages(4_000, seed=2)):
        bits = np.unpackbits(np.ascontiguousarray(drawn).view(np.uint8), axis=1)
        assert (np.abs(bits.mean(0) - 0.5) < 5 * 0.5 / np.sqrt(4_000)).all()


def test_what_was_enciphered_is_deciphered(cipher: Cipher[Any]) -> None:
    keys, messages = cipher.random_keys(50, seed=1), cipher.random_messages(50, seed=2)
    ciphertexts = cipher.encrypt(keys, messages)
    assert (ciphertexts.shape, ciphertexts.dtype) == (messages.shape, messages.dtype)
    assert (ciphertexts != messages).any(1).all()
    np.testing.assert_array_equal(cipher.decrypt(keys, ciphertexts), messages)


def test_a_row_depends_on_its_own_key_and_message_alone(cipher: Cipher[Any]) -> None:
    keys, messages = cipher.random_keys(30, seed=3), cipher.random_messages(30, seed=4)
    whole = cipher.encrypt(keys, messages)
    for rows in (slice(7, 8), slice(10, 30)):
        np.testing.assert_array_equal(cipher.encrypt(keys[rows], messages[rows]), whole[rows])
    turned = cipher.encrypt(keys[[*range(1, 30), 0]], messages)
    assert (turned != whole).any(1).all(), "another key, another ciphertext"


def test_seeds_repeat_and_differ(cipher: Cipher[Any]) -> None:
    messages = cipher.random_messages(20, seed=5)
    np.testing.assert_array_equal(messages, cipher.random_messages(20, seed=5))
    assert (messages != cipher.random_messages(20, seed=6)).any()
    first, again, other = (cipher.encrypt(cipher.random_keys(20, seed=seed), messages) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any(1).all()


def test_messages_are_not_changed(cipher: Cipher[Any]) -> None:
    keys, messages = cipher.random_keys(5, seed=1), cipher.random_messages(5, seed=2)
    kept = messages.copy()
    cipher.encrypt(keys, messages)
    cipher.decrypt(keys, messages)
    np.testing.assert_array_equal(messages, kept)


@pytest.mark.parametrize("rounds", [0, 23])
def test_speck_has_1_to_22_rounds(rounds: int) -> None:
    with pytest.raises(SettingsError, match="1 to 22 rounds"):
        Speck(rounds)


def test_equal_keys_of_aes_are_done_together_and_put_back_in_order() -> None:
    keys = np.repeat(AES128().random_keys(3, seed=1), 4, axis=0)[np.random.default_rng(0).permutation(12)]
    messages = AES128().random_messages(12, seed=2)
    one_by_one = [AES128().encrypt(keys[row : row + 1], messages[row : row + 1])[0] for row in range(12)]
    np.testing.assert_array_equal(AES128().encrypt(keys, messages), one_by_one)
    assert AES128().encrypt(keys[:0], messages[:0]).shape == (0, 16)


def test_ciphers_and_their_commands_come_without_pytorch() -> None:
    modules = "garrison.ciphers.stages, garrison.ciphers.distinguishing.study, garrison.cli.app"
    script = f"import {modules}, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
