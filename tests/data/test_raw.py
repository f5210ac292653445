"""Raw data is never changed: digests on arrival, checked at each use."""

import json
import multiprocessing
from pathlib import Path

import pytest

from garrison.data.raw import (
    RECORD,
    check_given,
    check_raw,
    raw_files,
    raw_folder_of,
    record_arrivals,
    recorded,
)
from garrison.errors import IntegrityError, OutputError, SourceError
from garrison.files import write_json


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A raw folder with two files, one of them in a folder of its own."""
    monkeypatch.setenv("GARRISON_STATE", str(tmp_path / "state"))
    made = tmp_path / "raw"
    (made / "monday").mkdir(parents=True)
    (made / "a.csv").write_text("1\n")
    (made / "monday" / "b.csv").write_text("2\n")
    return made


def test_new_files_are_recorded_once(folder: Path) -> None:
    first = record_arrivals(folder)
    assert [one.name for one in first] == ["a.csv", "monday/b.csv"]
    assert (first[0].bytes, len(first[0].sha256)) == (2, 64)
    assert first[0].arrived.endswith("+00:00")
    assert record_arrivals(folder) == ()
    (folder / "c.csv").write_text("3\n")
    assert [one.name for one in record_arrivals(folder)] == ["c.csv"]
    assert list(recorded(folder)) == ["a.csv", "c.csv", "monday/b.csv"]
    assert recorded(folder)["a.csv"] == first[0]
    assert [one.name for one in check_raw(folder)] == ["a.csv", "c.csv", "monday/b.csv"]


def test_nothing_but_the_record_is_written(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    record_arrivals(folder)
    check_raw(folder)
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert set(after) - set(before) == {folder / RECORD}
    assert all(after[path] == content for path, content in before.items())


def test_hidden_files_are_no_raw_data(folder: Path) -> None:
    (folder / ".DS_Store").write_text("x")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("x")
    record_arrivals(folder)
    assert [path.name for path in raw_files(folder)] == ["a.csv", "b.csv"]


def test_a_changed_file_is_named_with_what_to_do(folder: Path) -> None:
    record_arrivals(folder)
    (folder / "monday" / "b.csv").write_text("2 changed\n")
    with pytest.raises(IntegrityError, match="changed after it arrived") as caught:
        check_raw(folder)
    assert caught.value.where.endswith("b.csv")
    assert "bring it back" in caught.value.remedy
    assert [one.name for one in check_raw(folder, only=[folder / "a.csv"])] == ["a.csv"]


def test_a_missing_file_is_named_with_what_to_do(folder: Path) -> None:
    record_arrivals(folder)
    (folder / "a.csv").unlink()
    with pytest.raises(IntegrityError, match="missing") as caught:
        check_raw(folder)
    assert caught.value.where.endswith("a.csv")
    assert RECORD in caught.value.remedy


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a.csv": 3}', '{"a.csv": {"bytes": "many"}}', "null"])
def test_a_damaged_record_is_no_reason_to_begin_anew(folder: Path, content: str) -> None:
    (folder / RECORD).write_text(content)
    for ask in (check_raw, record_arrivals):
        with pytest.raises(IntegrityError, match="record of raw files is damaged"):
            ask(folder)


def cannot_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, value: object) -> None:
        if path.parent == folder:
            raise OutputError("cannot write: the file system is read-only", where=str(path))
        write_json(path, value)

    monkeypatch.setattr("garrison.data.raw.write_json", refuse)


def test_a_folder_that_cannot_be_written_has_its_record_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    cannot_be_written(folder, monkeypatch)
    record_arrivals(folder)
    assert not (folder / RECORD).exists()
    assert "kept in" in capfd.readouterr().err
    assert record_arrivals(folder) == ()
    (folder / "a.csv").write_text("changed\n")
    with pytest.raises(IntegrityError):
        check_raw(folder)


def test_the_nearest_folder_with_a_record_is_found(folder: Path) -> None:
    assert raw_folder_of(folder / "monday" / "b.csv") is None
    record_arrivals(folder)
    assert raw_folder_of(folder / "monday" / "b.csv") == folder


@pytest.mark.parametrize("given", ["monday/b.csv", "monday", "."])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_what_is_given_out_of_a_recorded_folder_is_checked(
    given: str, elsewhere: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if elsewhere:
        cannot_be_written(folder, monkeypatch)
    record_arrivals(folder)
    assert (folder / RECORD).is_file() is not elsewhere
    check_given(folder / given)
    (folder / "monday" / "b.csv").write_text("3\n")
    with pytest.raises(IntegrityError, match="changed after it arrived"):
        check_given(folder / given)
    check_given(folder / "a.csv")
    (folder / "monday" / "b.csv").unlink()
    with pytest.raises(IntegrityError, match="missing"):
        check_given(folder / given)


def test_what_lies_in_no_recorded_folder_has_nothing_to_be_checked(folder: Path) -> None:
    check_given(folder / "a.csv")
    check_given(folder)
    check_given(folder / "absent.csv")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot look into"):
        raw_files(tmp_path / "absent")


def arrive(folder: Path, number: int) -> None:
    (folder / f"{number}.csv").write_text(f"{number}\n")
    record_arrivals(folder)


def test_processes_at_once_lose_no_arrival(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=arrive, args=(folder, number)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    assert {f"{number}.csv" for number in range(4)} <= set(json.loads((folder / RECORD).read_text()))
    check_raw(folder)
