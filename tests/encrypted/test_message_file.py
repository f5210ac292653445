from pathlib import Path

import pytest

from garrison.encrypted.message_file import messages_in, writing
from garrison.errors import EncryptionError, SourceError

MESSAGES = [b"one", b"x" * 1000, b"three"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with writing(tmp_path / "rows.enc") as add:
        for message in MESSAGES:
            add(message)
    return tmp_path / "rows.enc"


def test_messages_come_back_in_order(path: Path) -> None:
    assert list(messages_in(path)) == MESSAGES


@pytest.mark.parametrize("length", [0, 4, 8, 12, 18, 500, -17, -9, -1])
def test_cut_anywhere_it_is_refused(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(EncryptionError):
        list(messages_in(path))


def test_more_than_was_written_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(EncryptionError, match="cut short or changed"):
        list(messages_in(path))


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        list(messages_in(tmp_path / "none"))


def test_broken_off_there_is_no_file(tmp_path: Path) -> None:
    def break_off() -> None:
        with writing(tmp_path / "rows.enc") as add:
            add(b"one")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert not list(tmp_path.iterdir())
