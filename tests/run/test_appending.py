"""A line is added whole or not at all, whatever the operating system takes at once."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from garrison.errors import OutputError
from garrison.run.appending import append_whole
from garrison.run.logs import close_log, open_log
from garrison.run.spool import Spool
from garrison.run.tracking import OFF, open_tracking


@pytest.fixture
def descriptor(tmp_path: Path) -> Iterator[int]:
    opened = os.open(tmp_path / "lines", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    yield opened
    os.close(opened)


def take_at_most(monkeypatch: pytest.MonkeyPatch, count: int, *, room: int | None = None) -> None:
    """Let ``os.write`` take ``count`` bytes at once, and no more than ``room`` in all."""
    original, left = os.write, [room]

    def write(descriptor: int, content: bytes) -> int:
        if left[0] is None:
            return original(descriptor, content[:count])
        if not left[0]:
            raise OSError(errno.ENOSPC, "full")
        taken = original(descriptor, content[: min(count, left[0])])
        left[0] -= taken
        return taken

    monkeypatch.setattr(os, "write", write)


def test_what_was_not_taken_at_once_is_written_after_it(
    descriptor: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_at_most(monkeypatch, 3)
    append_whole(descriptor, b"one line\n")
    append_whole(descriptor, b"another\n")
    assert (tmp_path / "lines").read_bytes() == b"one line\nanother\n"


def test_a_part_is_taken_back_where_the_rest_does_not_fit(
    descriptor: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_whole(descriptor, b"one\n")
    with monkeypatch.context() as patch:
        take_at_most(patch, 3, room=5)
        with pytest.raises(OSError, match="full"):
            append_whole(descriptor, b"a long line\n")
    append_whole(descriptor, b"two\n")
    assert (tmp_path / "lines").read_bytes() == b"one\ntwo\n"


def test_the_log_and_the_spool_stay_readable_when_the_disk_was_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = open_log(tmp_path / "log.jsonl", run_id="r")
    tracking = open_tracking(OFF, experiment="e", workspace=tmp_path, run_folder=tmp_path, run_name="r")
    with monkeypatch.context() as patch:
        take_at_most(patch, 5, room=12)
        with pytest.raises(OutputError, match="full"):
            log.info("lost")
        take_at_most(patch, 5, room=0)
        with pytest.raises(OutputError, match="full"):
            Spool(tmp_path).append("tags", {"values": {"lost": 1}})
    log.info("kept")
    tracking.tags({"kept": 1})
    close_log(log)
    assert (tmp_path / "log.jsonl").read_text().count("\n") == 1
    assert [fact.kind for fact in Spool(tmp_path).facts()] == ["start", "tags"]
