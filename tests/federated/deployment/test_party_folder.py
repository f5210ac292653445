"""A party's folder of records: read as it was written, and refused by the name of the file that is wrong."""

from pathlib import Path

import numpy as np
import pytest

from garrison.cli.main import run_command
from garrison.errors import OutputError, SourceError
from garrison.federated.deployment.party_folder import Records, read_records, write_records
from garrison.federated.images import read_images

X, Y = np.zeros((4, 1, 8, 8), np.float32), np.array([0, 1, 2, 1])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_records(tmp_path / "north", Records("north", X, Y))
    return tmp_path / "north"


def test_what_was_written_is_read(folder: Path) -> None:
    read = read_records(folder)
    assert (read.name, str(read.x.dtype), str(read.y.dtype)) == ("north", "float32", "int64")
    assert np.array_equal(read.x, X)
    assert np.array_equal(read.y, Y)
    assert read.as_party().name == "north"
    assert read.as_party("south").name == "south"


def test_bytes_are_shares_of_255_and_the_name_may_be_the_folders(folder: Path) -> None:
    np.save(folder / "x.npy", np.full((4, 3), 51, np.uint8))
    (folder / "party.json").unlink()
    read = read_records(folder)
    assert read.x.dtype == np.float32
    assert read.x == pytest.approx(0.2)
    assert read.name == "north"


def objects() -> np.ndarray:
    made: np.ndarray = np.array([{"a": 1}, None, 2, 3], dtype=object)
    return made


@pytest.mark.parametrize(
    ("file", "array", "said"),
    [
        ("x.npy", np.zeros(4, np.float32), r"records have the shape \(4,\)"),
        ("x.npy", np.zeros((3, 2), np.float32), "3 records and 4 classes"),
        ("x.npy", np.zeros((4, 2), np.int64), "records are int64"),
        ("x.npy", np.array([[0.0], [1.0], [np.nan], [0.0]]), "NaN or infinite"),
        ("y.npy", np.zeros(4), "classes are float64"),
        ("y.npy", np.array([0, 1, -1, 0]), "below 0"),
        ("y.npy", np.array([0, 1, 2**40, 0]), "there is a class 1099511627776"),
        ("y.npy", np.zeros((4, 1), np.int64), "classes are int64 of shape"),
    ],
)
def test_arrays_that_are_no_records_are_refused(
    folder: Path, file: str, array: np.ndarray, said: str
) -> None:
    np.save(folder / file, array)
    with pytest.raises(SourceError, match=said):
        read_records(folder)


def test_pickled_objects_are_never_opened(folder: Path) -> None:
    np.save(folder / "x.npy", objects(), allow_pickle=True)
    with pytest.raises(SourceError, match="no array can be read") as caught:
        read_records(folder)
    assert caught.value.where == str(folder / "x.npy")


def test_nobody_is_told_to_unpickle_what_is_no_array(folder: Path) -> None:
    (folder / "x.npy").write_bytes(b"junk")
    with pytest.raises(SourceError) as caught:
        read_records(folder)
    assert "unsafely" not in str(caught.value)


@pytest.mark.parametrize("file", ["x.npy", "y.npy"])
def test_missing_and_cut_files_are_named(folder: Path, file: str) -> None:
    path = folder / file
    path.write_bytes(path.read_bytes()[:90])
    with pytest.raises(SourceError, match="no array can be read") as caught:
        read_records(folder)
    assert caught.value.where == str(path)
    path.unlink()
    with pytest.raises(SourceError, match="missing"):
        read_records(folder)


@pytest.mark.parametrize("text", ["[]", "{", '{"name": 3}', '{"name": "a\\nb"}', '{"name": ""}'])
def test_a_name_that_is_none_is_refused(folder: Path, text: str) -> None:
    (folder / "party.json").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match="party's"):
        read_records(folder)


def test_a_folder_that_holds_something_is_not_replaced(folder: Path) -> None:
    with pytest.raises(OutputError, match="something in the folder"):
        write_records(folder, Records("south", X, Y))
    assert read_records(folder).name == "north"


def test_split_deals_every_record_to_one_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["federated", "split", "--data", "digits", "--parties", "4", "--out", "data", "--seed", "5"]
    assert run_command(asked) == 0
    digits = read_images("digits")
    parts = [read_records(tmp_path / "data" / f"party-00{place}") for place in range(4)]
    assert sum(len(part.y) for part in parts) == len(digits.y)
    dealt = np.concatenate([part.x.sum(axis=(1, 2, 3)) for part in parts])
    assert np.array_equal(np.sort(dealt), np.sort(digits.x.sum(axis=(1, 2, 3))))
    assert len(read_records(tmp_path / "data" / "server").y) == len(digits.test_y)
    assert run_command(asked) == 11
