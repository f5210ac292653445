"""Files that are whole or absent, whoever is killed while they are written."""

import errno
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from garrison.errors import OutputError
from garrison.files import atomic_file, atomic_folder, remove_abandoned, temporary_names, whole


def killed(work: Callable[[], None]) -> None:
    """Do the work in a process that then kills itself; its number is one of nobody's afterwards."""
    child = os.fork()
    if child == 0:
        work()
        os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def fill(folder: Path, text: str) -> None:
    with atomic_folder(folder) as temporary:
        (temporary / "inside.txt").write_text(text)


@pytest.fixture
def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder was looked through before."""
    monkeypatch.setattr(temporary_names, "_looked_through", set())


@pytest.mark.usefixtures("unseen")
def test_what_a_killed_process_left_goes_when_the_next_one_writes_there(tmp_path: Path) -> None:
    def writes_half() -> None:
        manager = atomic_file(tmp_path / "a.txt")
        manager.__enter__().write_text("half")
        folder = atomic_folder(tmp_path / "b")
        (folder.__enter__() / "inside.txt").write_text("half")
        os.kill(os.getpid(), signal.SIGKILL)

    killed(writes_half)
    assert len(list(tmp_path.glob(".*.part"))) == 2
    with atomic_file(tmp_path / "c.txt") as temporary:
        temporary.write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["c.txt"]


def test_what_others_work_on_stays(tmp_path: Path) -> None:
    (tmp_path / ".set.zip.part").write_text("a download that is gone on with")
    with atomic_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("not yet whole")
        (tmp_path / f".b.txt.00000000-{os.getpid()}-abc.part").write_text("of another machine")
        remove_abandoned(tmp_path)
        assert len(list(tmp_path.glob(".*.part"))) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such call, or another one")
def test_a_folder_is_replaced_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "kept", "old")
    renamed = Path.replace

    def watched(one: Path, other: Path) -> Path:
        after = renamed(one, other)
        assert (tmp_path / "kept").exists()
        return after

    monkeypatch.setattr(Path, "replace", watched)
    fill(tmp_path / "kept", "new")
    assert (tmp_path / "kept" / "inside.txt").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_where_that_is_not_one_step_a_folder_taken_away_by_a_killed_process_is_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "kept", "old")
    monkeypatch.setattr(whole, "_exchanged", lambda *_: False)
    renamed = Path.replace

    def dies(one: Path, other: Path) -> Path:
        if other == tmp_path / "kept":
            os.kill(os.getpid(), signal.SIGKILL)
        return renamed(one, other)

    def replaces() -> None:
        monkeypatch.setattr(Path, "replace", dies)
        fill(tmp_path / "kept", "new")

    killed(replaces)
    assert not (tmp_path / "kept").exists()
    remove_abandoned(tmp_path)
    assert (tmp_path / "kept" / "inside.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    fill(tmp_path / "kept", "new")
    assert (tmp_path / "kept" / "inside.txt").read_text() == "new"


def test_a_folder_takes_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file")
    fill(tmp_path / "kept", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_an_array_that_was_written_in_part_only_is_a_full_disk(tmp_path: Path) -> None:
    """NumPy raises an error without a number then."""

    def writes_too_much() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536))
        try:
            with atomic_file(tmp_path / "a.npy") as temporary, temporary.open("wb") as file:
                np.save(file, np.zeros(100_000))
        except OutputError as error:
            (tmp_path / "said").write_text(str(error))

    killed(writes_too_much)
    assert "the disk is full" in (tmp_path / "said").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["said"]


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "the disk is full"), (errno.EFBIG, "grows larger than it may")]
)
def test_a_write_that_is_refused_leaves_what_was_there(tmp_path: Path, number: int, said: str) -> None:
    (tmp_path / "a.txt").write_text("old")

    def write() -> None:
        with atomic_file(tmp_path / "a.txt") as temporary:
            temporary.write_text("ne")
            raise OSError(number, os.strerror(number))

    with pytest.raises(OutputError, match=said):
        write()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"
