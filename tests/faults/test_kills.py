"""A few kills of what `make kills` kills a hundred times, and that its comparison finds what it should."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.comparing import differences, what_is_there
from faults.trials import Bench, bench

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("killed")
    with bench(folder, {**os.environ, "GARRISON_DATA": str(folder)}) as found:
        yield found


@pytest.mark.parametrize(("story", "least"), [("phishing", 1), ("cipher stages", 2)])
def test_what_was_killed_and_started_again_makes_the_same_bytes(place: Bench, story: str, least: int) -> None:
    draws, kills = random.Random(5), 0
    while kills < least:
        trial = place.killed(story, most=2, draws=draws)
        assert not trial.faults, (trial.kills, trial.faults)
        kills += len(trial.kills)


def test_one_changed_byte_is_found_and_a_file_too_many_or_too_few(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    (folder / "runs" / "first").mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"weights")
    record = folder / "runs" / "first" / "run.json"
    record.write_text('{"attempts": 1, "command": "a", "stages": {}, "metrics": {"auc": 0.9}}')
    whole = what_is_there(folder)
    record.write_text('{"attempts": 2, "command": "b", "stages": {"a": 1}, "metrics": {"auc": 0.9}}')
    assert differences(folder, whole) == []
    record.write_text('{"attempts": 1, "command": "a", "stages": {}, "metrics": {"auc": 0.8}}')
    (folder / "model.bin").write_bytes(b"weighty")
    (folder / ".model.bin.part").write_bytes(b"wei")
    assert differences(folder, whole) == [
        "work/.model.bin.part is left over",
        "work/model.bin differs",
        "work/runs/first/run.json differs",
    ]
    assert differences(folder, whole, in_the_middle=True) == ["work/model.bin differs"]
    (folder / "model.bin").unlink()
    assert "work/model.bin is missing" in differences(folder, whole)
