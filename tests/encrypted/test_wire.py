import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison.encrypted.wire import FILE_MAGIC, MAGIC, Parcel
from garrison.errors import EncryptionError

PARCEL = Parcel("greeting", {"to": "you", "n": 3}, (b"one", b"", b"three"))


def test_parcel_survives_its_form() -> None:
    assert Parcel.read(PARCEL.to_bytes(), "other", "greeting") == PARCEL
    assert PARCEL.to_bytes() == PARCEL.to_bytes()


@given(st.integers(0, len(PARCEL.to_bytes()) - 1))
def test_cut_anywhere_it_is_refused(length: int) -> None:
    with pytest.raises(EncryptionError):
        Parcel.read(PARCEL.to_bytes()[:length], "greeting")


@given(st.integers(0, len(PARCEL.to_bytes()) * 8 - 1))
def test_changed_in_any_bit_it_is_refused(bit: int) -> None:
    content = bytearray(PARCEL.to_bytes())
    content[bit // 8] ^= 1 << bit % 8
    with pytest.raises(EncryptionError):
        Parcel.read(bytes(content), "greeting")


@given(st.binary(max_size=200))
def test_anything_behind_the_magic_is_refused(tail: bytes) -> None:
    with pytest.raises(EncryptionError):
        Parcel.read(MAGIC + tail, "greeting")


def test_unknown_version_is_named() -> None:
    with pytest.raises(EncryptionError, match="version b'2'"):
        Parcel.read(b"GARRENC2" + PARCEL.to_bytes()[8:], "greeting")


def test_file_of_messages_is_no_message() -> None:
    with pytest.raises(EncryptionError, match="a file of messages") as told:
        Parcel.read(FILE_MAGIC + PARCEL.to_bytes(), "greeting")
    assert "encrypted score URL FILE" in told.value.remedy


def test_other_kind_is_named() -> None:
    with pytest.raises(EncryptionError, match="these are 'greeting'"):
        Parcel.read(PARCEL.to_bytes(), "farewell")


def test_secret_key_is_named_as_one() -> None:
    with pytest.raises(EncryptionError, match="this is a secret key") as told:
        Parcel.read(Parcel("secret key", {}, (b"x",)).to_bytes(), "encrypted rows")
    assert "--rotate" in told.value.remedy


@pytest.mark.parametrize("length", [0xFFFFFFFF, 1 << 30, 4])
def test_lengths_that_lie_are_refused_before_anything_is_read(length: int) -> None:
    header = b'{"kind":"greeting","parts":1}'
    body = MAGIC + struct.pack("<I", len(header)) + header + struct.pack("<I", length) + b"abc"
    with pytest.raises(EncryptionError):
        Parcel.read(body + hashlib.sha256(body).digest(), "greeting")


@pytest.mark.parametrize(
    "header", [b"[]", b"{}", b'{"kind":3}', b"\xff", b"[" * 60_000, b'{"kind":"greeting","parts":-1}']
)
def test_headers_that_are_none_are_refused(header: bytes) -> None:
    body = MAGIC + struct.pack("<I", len(header)) + header
    with pytest.raises(EncryptionError):
        Parcel.read(body + hashlib.sha256(body).digest(), "greeting")
