"""Pictures are read as what they are, or refused."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from garrison.data.catalogue import locate
from garrison.errors import DatasetError, SourceError, UsageError
from garrison.federated import images
from garrison.federated.images import images_at_hand, read_idx, read_images


def idx(path: Path, head: bytes, body: bytes) -> Path:
    path.write_bytes(gzip.compress(head + body))
    return path


HEAD = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3])


def test_an_idx_file_is_read_by_its_head(tmp_path: Path) -> None:
    found = read_idx(idx(tmp_path / "a.gz", HEAD, bytes(range(6))))
    assert found.tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize(
    ("head", "body", "what"),
    [
        (HEAD, bytes(5), "has 5 values"),
        (HEAD, bytes(7), "has 7 values"),
        (bytes([0, 0, 9, 2]) + HEAD[4:], bytes(6), "not an IDX file"),
        (bytes([0, 0, 8, 9]), b"", "not an IDX file"),
        (b"", b"", "not an IDX file"),
        (bytes([0, 0, 8, 3, 255, 255, 255, 255]), b"", "values"),
    ],
)
def test_an_idx_file_that_is_none_is_refused(tmp_path: Path, head: bytes, body: bytes, what: str) -> None:
    with pytest.raises(SourceError, match=what):
        read_idx(idx(tmp_path / "a.gz", head, body))


def test_a_file_that_is_not_compressed_or_cut_off_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plain.gz").write_bytes(HEAD + bytes(6))
    (tmp_path / "cut.gz").write_bytes(gzip.compress(HEAD + bytes(6))[:-9])
    for name in ("plain.gz", "cut.gz", "absent.gz"):
        with pytest.raises(SourceError, match="not a whole gzip file"):
            read_idx(tmp_path / name)


def test_the_digits_are_in_the_unit_range_and_in_one_part_each() -> None:
    digits = read_images("digits")
    assert digits.shape == (1, 8, 8)
    assert digits.x.dtype == np.float32
    assert digits.y.dtype == np.int64
    assert (float(digits.x.min()), float(digits.x.max())) == (0.0, 1.0)
    assert {*digits.y} == {*digits.test_y} == {*range(digits.classes)}
    assert len(digits.y) + len(digits.test_y) == 1797


def test_mnist_is_whole() -> None:
    if locate("mnist") is None:
        pytest.skip("MNIST is not on this machine")
    mnist = read_images("mnist")
    assert (mnist.x.shape, mnist.test_x.shape) == ((60_000, 1, 28, 28), (10_000, 1, 28, 28))
    assert np.bincount(mnist.y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(mnist.test_y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert abs(float(mnist.x.mean()) - 0.13066) < 1e-4


def test_other_names_are_refused() -> None:
    with pytest.raises(UsageError, match="no pictures are called 'cifar'"):
        read_images("cifar")


def test_without_mnist_the_digits_stand_in_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(images, "locate", lambda _: None)
    assert images_at_hand().name == "digits"
    assert "MNIST is not on this machine" in capsys.readouterr().err


def test_mnist_with_a_changed_byte_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "mnist"
    place.mkdir()
    sizes = {"train-images-idx3": 9_912_422, "train-labels-idx1": 28_881, "t10k-images-idx3": 1_648_877}
    for name, size in (*sizes.items(), ("t10k-labels-idx1", 4_542)):
        (place / f"{name}-ubyte.gz").write_bytes(bytes(size))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("GARRISON_DATA", str(tmp_path))
    monkeypatch.setenv("GARRISON_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GARRISON_OFFLINE", "1")
    monkeypatch.setattr(
        "garrison.data.catalogue.places.data_folders", lambda: (tmp_path, tmp_path / "cache" / "datasets")
    )
    with pytest.raises(DatasetError, match="downloads are off"):
        read_images("mnist")
