"""Shards are whole or absent, the same however they were made, and never read once they were changed."""

import errno
import json
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from garrison.ciphers.shards import Content, Made, Shards, make_shards
from garrison.ciphers.shards.manifest import MANIFEST
from garrison.errors import IntegrityError, OutputError, RunBusy, UsageError
from garrison.files import canonical_json
from garrison.run.lock import FolderLock

ROWS = (4, 4, 4, 2)


def content(number: int, *, seed: int = 0) -> Content:
    """Numbers and a text that depend on the shard alone."""
    generator = np.random.default_rng([seed, number])
    return {
        "x": generator.integers(26, size=(ROWS[number], 5), dtype=np.uint8),
        "told": b'{"shard": %d}' % number,
    }


def made(folder: Path, *, seed: int = 0, jobs: int = 1, **options: Any) -> Made:
    made_from = {"seed": seed, "rows": list(ROWS)}
    make = partial(content, seed=seed)
    return make_shards(folder, make, stage="keys", rows=ROWS, made_from=made_from, jobs=jobs, **options)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != ".lock"}


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return made(tmp_path / "whole").folder


def test_what_was_made_is_read(whole: Path) -> None:
    shards = Shards.open(whole, "keys")
    assert (len(shards), shards.rows, shards.starts.tolist()) == (4, 14, [0, 4, 8, 12, 14])
    for number, arrays in enumerate(shards):
        assert isinstance(arrays["x"], np.memmap)
        np.testing.assert_array_equal(arrays["x"], content(number)["x"])
        assert json.loads(shards.path(number, "told").read_bytes()) == {"shard": number}
    assert sorted(bytes_of(whole)) == sorted(
        [
            MANIFEST,
            *(f"{what}-0000{n}.{end}" for n in range(4) for what, end in (("x", "npy"), ("told", "json"))),
        ]
    )


def test_the_number_of_processes_changes_nothing(whole: Path, tmp_path: Path) -> None:
    assert bytes_of(made(tmp_path / "two", jobs=2).folder) == bytes_of(whole)


def test_what_was_broken_off_goes_on_and_gives_the_same_bytes(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "broken"

    def stopped(number: int) -> Content:
        if number == 2:
            raise KeyboardInterrupt
        return content(number)

    def go(make: Any) -> Made:
        return make_shards(
            folder, make, stage="keys", rows=ROWS, made_from={"seed": 0, "rows": list(ROWS)}, jobs=1
        )

    with pytest.raises(KeyboardInterrupt):
        go(stopped)
    (folder / ".x-00002.npy.half.part").write_bytes(b"left by a kill")
    with pytest.raises(UsageError, match="no finished keys"):
        Shards.open(folder, "keys")
    asked: list[int] = []

    def noted(number: int) -> Content:
        asked.append(number)
        return content(number)

    again = go(noted)
    assert asked == [2, 3]
    assert (again.kept, again.mended) == (2, 0)
    assert bytes_of(folder) == bytes_of(whole)


def test_a_record_cut_short_by_a_kill_is_made_again(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cut"
    folder.mkdir()
    (folder / "shard-00001.json").write_text('{"identity": "', encoding="utf-8")
    assert made(folder).kept == 0
    assert bytes_of(folder) == bytes_of(whole)


@pytest.mark.parametrize("damage", ["changed", "cut", "missing"])
def test_a_damaged_shard_is_named_never_read_and_made_again(
    whole: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    before, path = bytes_of(whole), whole / "x-00002.npy"
    match damage:
        case "changed":
            path.write_bytes(path.read_bytes()[:-1] + b"\xff")
        case "cut":
            path.write_bytes(path.read_bytes()[:-1])
        case _:
            path.unlink()
    shards = Shards.open(whole, "keys")
    shards.arrays(1)
    with pytest.raises(
        IntegrityError, match=f"shard 2 .*x-00002.npy is {'missing' if damage == 'missing' else 'dam'}"
    ):
        shards.arrays(2)
    again = made(whole)
    assert (again.kept, again.mended) == (3, 1)
    assert "shard 2 is made again: x-00002.npy" in capsys.readouterr().err
    assert bytes_of(whole) == before


def test_other_settings_do_not_write_over_what_is_there(whole: Path) -> None:
    before = bytes_of(whole)
    with pytest.raises(UsageError, match=r"(?s)holds other keys.*seed was 0, is 1.*--replace"):
        made(whole, seed=1)
    assert bytes_of(whole) == before
    assert made(whole, seed=1, replace=True).kept == 0
    assert bytes_of(whole) != before


def test_what_no_command_of_ciphers_made_is_never_thrown_away(whole: Path) -> None:
    for folder in (whole, whole.parent / "another"):
        folder.mkdir(exist_ok=True)
        (folder / "thesis.txt").write_text("mine")
        before = bytes_of(folder)
        with pytest.raises(UsageError, match=r"(?s)no command of ciphers made: 'thesis.txt'.*move that away"):
            made(folder, seed=1, replace=True)
        assert {path: content for path, content in bytes_of(folder).items() if path in before} == before


def test_other_settings_do_not_mix_with_what_was_broken_off(tmp_path: Path) -> None:
    folder = tmp_path / "broken"

    def stopped(number: int) -> Content:
        if number:
            raise KeyboardInterrupt
        return content(number)

    with pytest.raises(KeyboardInterrupt):
        make_shards(folder, stopped, stage="keys", rows=ROWS, made_from={"seed": 9}, jobs=1)
    with pytest.raises(UsageError, match="holds other keys"):
        made(folder)


def changed(facts: dict[str, Any]) -> str:
    facts["shards"][0]["rows"] = 5
    return canonical_json(facts)


def leading_out(facts: dict[str, Any]) -> str:
    from garrison.files import sha256_of_json

    facts.pop("sha256")
    facts["shards"][0]["files"]["x"]["name"] = "../x.npy"
    return canonical_json({**facts, "sha256": sha256_of_json(facts)})


@pytest.mark.parametrize(
    "damage",
    [changed, leading_out, lambda facts: "{", lambda facts: "[]", lambda facts: "{}", lambda facts: ""],
)
def test_a_damaged_manifest_is_refused(whole: Path, damage: Any) -> None:
    path = whole / MANIFEST
    path.write_text(damage(json.loads(path.read_text("utf-8"))), encoding="utf-8")
    for use in (lambda: Shards.open(whole, "keys"), lambda: made(whole)):
        with pytest.raises(IntegrityError, match="manifest is damaged") as error:
            use()
        assert "--replace" in error.value.remedy
    assert made(whole, replace=True).kept == 0


def test_a_folder_of_another_stage_is_refused(whole: Path) -> None:
    with pytest.raises(UsageError, match="holds keys, not arrays"):
        Shards.open(whole, "arrays")


def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, opened = tmp_path / "full", Path.open

    class Full:
        def __init__(self, file: Any) -> None:
            self.file = file

        def __enter__(self) -> "Full":
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()

        def write(self, _content: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def full(path: Path, *given: Any, **more: Any) -> Any:
        file = opened(path, *given, **more)
        return Full(file) if "x-00002" in path.name else file

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        with pytest.raises(OutputError, match="disk is full"):
            made(folder)
    names = {*bytes_of(folder)}
    assert not any("00002" in name or name.endswith(".part") for name in names), names
    assert MANIFEST not in names
    assert made(folder).kept == 2
    assert bytes_of(folder) == bytes_of(whole)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "busy").mkdir()
    with FolderLock(tmp_path / "busy" / ".lock"), pytest.raises(RunBusy):
        made(tmp_path / "busy")


def test_what_finish_refuses_is_not_finished(tmp_path: Path) -> None:
    def refuse(manifest: object) -> Mapping[str, Any]:
        raise UsageError("not like this")

    with pytest.raises(UsageError, match="not like this"):
        made(tmp_path / "refused", finish=refuse)
    with pytest.raises(UsageError, match="no finished keys"):
        Shards.open(tmp_path / "refused", "keys")
    assert made(tmp_path / "refused", finish=lambda manifest: {"good": manifest.rows}).manifest.facts == {
        "good": 14
    }
