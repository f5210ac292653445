"""A saved detector with any byte changed never loads, and the error names the file."""

import json
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from garrison.detection import Detector, load_detector, save_detector, verify_detector
from garrison.detection.integrity import MOST_FILES, parse_json, read_sealed, write_sealed
from garrison.errors import IntegrityError, ModelError


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_it_holds_the_files_the_page_says(saved: Path) -> None:
    assert _names(saved) == [
        "manifest.json",
        "manifest.sha256",
        "model/encoding.npz",
        "model/estimators.skops",
        "processor.json",
        "schema.json",
    ]
    verify_detector(saved)


@pytest.fixture(scope="module")
def kept(detector: Detector, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kept") / "detector"
    save_detector(detector, folder)
    return folder


def _assert_refused(folder: Path, name: str) -> None:
    with pytest.raises(IntegrityError) as found:
        load_detector(folder)
    assert name in found.value.what
    assert found.value.remedy


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_changed_byte_is_named(kept: Path, data: st.DataObject) -> None:
    path = kept / data.draw(st.sampled_from(_names(kept)))
    content = path.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    flipped = content[place] ^ data.draw(st.integers(1, 255))
    try:
        path.write_bytes(content[:place] + bytes([flipped]) + content[place + 1 :])
        _assert_refused(kept, path.name)
    finally:
        path.write_bytes(content)
    verify_detector(kept)


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sha256"])
def test_every_byte_of_the_manifest_and_its_digest_counts(kept: Path, name: str) -> None:
    path = kept / name
    content = path.read_bytes()
    try:
        for place in range(len(content)):
            path.write_bytes(content[:place] + bytes([content[place] ^ 0x20]) + content[place + 1 :])
            with pytest.raises(IntegrityError, match=name):
                read_sealed(kept)
    finally:
        path.write_bytes(content)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_file_cut_short_or_made_longer_is_named(kept: Path, data: st.DataObject) -> None:
    path = kept / data.draw(st.sampled_from(_names(kept)))
    content = path.read_bytes()
    keep = data.draw(st.integers(0, len(content) - 1))
    try:
        path.write_bytes(content[:keep])
        _assert_refused(kept, path.name)
        path.write_bytes(content + bytes(data.draw(st.integers(1, 5))))
        _assert_refused(kept, path.name)
    finally:
        path.write_bytes(content)


def test_a_missing_file_is_named(saved: Path) -> None:
    for name in _names(saved):
        copy = saved.parent / "copy"
        shutil.copytree(saved, copy)
        (copy / name).unlink()
        _assert_refused(copy, name)
        shutil.rmtree(copy)


@pytest.mark.parametrize("extra", ["extra.txt", "model/evil.py", ".hidden", "deeper/still/x"])
def test_an_added_file_is_named(saved: Path, extra: str) -> None:
    (saved / extra).parent.mkdir(parents=True, exist_ok=True)
    (saved / extra).write_text("")
    _assert_refused(saved, extra)


def test_an_added_empty_folder_is_named(saved: Path) -> None:
    (saved / "hollow").mkdir()
    _assert_refused(saved, "hollow")


@pytest.mark.parametrize("name", ["schema.json", "manifest.json", "manifest.sha256", "model/encoding.npz"])
def test_a_link_is_named_even_to_the_same_bytes(saved: Path, name: str) -> None:
    moved = saved.parent / "moved"
    (saved / name).rename(moved)
    (saved / name).symlink_to(moved)
    _assert_refused(saved, name)


def test_a_linked_folder_is_named(saved: Path) -> None:
    (saved / "model").rename(saved.parent / "model")
    (saved / "model").symlink_to(saved.parent / "model")
    _assert_refused(saved, "model")


def test_a_pipe_is_named_and_not_waited_for(saved: Path) -> None:
    (saved / "schema.json").unlink()
    os.mkfifo(saved / "schema.json")
    _assert_refused(saved, "schema.json")


def test_too_many_files_are_refused(saved: Path) -> None:
    for number in range(MOST_FILES + 1):
        (saved / f"f{number}").touch()
    with pytest.raises(IntegrityError, match="one too many"):
        read_sealed(saved)


@pytest.mark.parametrize(
    "listed", [None, [], {"a": 1}, {"a": {"sha256": 1, "bytes": 1}}, {"a": {"bytes": -1}}]
)
def test_a_manifest_that_lists_nonsense_is_refused(tmp_path: Path, listed: object) -> None:
    import hashlib

    manifest = json.dumps({"files": listed}).encode()
    (tmp_path / "manifest.json").write_bytes(manifest)
    (tmp_path / "manifest.sha256").write_text(f"{hashlib.sha256(manifest).hexdigest()}  manifest.json\n")
    with pytest.raises(ModelError, match="does not list"):
        read_sealed(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"[" * 1_000_000, b'{"a":' * 200_000, b"\xff", b"[]", b'{"a": NaN}', b'{"a": 1' + b"0" * 9000 + b"}"],
)
def test_json_that_is_deep_or_odd_is_refused(content: bytes) -> None:
    with pytest.raises(ModelError, match="not the JSON of a saved detector"):
        parse_json(content, where="x.json")


def test_what_is_no_json_cannot_be_sealed(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be written"):
        write_sealed(tmp_path, {}, {"auc": float("nan")})


def test_no_folder_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no detector"):
        load_detector(tmp_path / "nowhere")
