"""Killed at any point and started again, a stream writes what an unbroken one writes: every verdict, each once."""

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dying_commands import Commands, commands
from event_lines import event_lines

from garrison.serving.stream.run import state_name

EVENTS = 400


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("killed")


@pytest.fixture(scope="module")
def run(place: Path) -> Iterator[Commands]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GARRISON_PSEUDONYM_KEY", "ab" * 32)
        with commands(place) as found:
            yield found


def arguments(model: Path, source: Path, sink: Path, *more: str) -> list[str]:
    batches = ["--batch-rows", "25", "--checkpoint-s", "0", "--until-end"]
    return ["stream", str(model), "--from", str(source), "--to", str(sink), *batches, *more]


def verdicts(path: Path) -> list[tuple[str, float, bool]]:
    """Name without the stream's token, score and verdict of every line."""
    found = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert len({each["id"].partition("/")[0] for each in found}) == 1
    return [(each["id"].partition("/")[2], each["score"], each["malicious"]) for each in found]


@pytest.fixture(scope="module")
def source(place: Path) -> Path:
    rows = event_lines(EVENTS, seed=3)
    # Some events out of the order of time, some lines that are none: these must not get lost either.
    rows[50], rows[80] = rows[80], rows[50]
    for at in range(30, EVENTS, 90):
        rows[at] = b'{"timestamp": "broken'
    path = place / "events.jsonl"
    path.write_bytes(b"\n".join(rows) + b"\n")
    return path


@pytest.fixture(scope="module")
def unbroken(run: Commands, model: Path, source: Path) -> list[tuple[str, float, bool]]:
    assert run.run(*arguments(model, source, source.with_name("unbroken.jsonl"))) == 0, run.said
    found = verdicts(source.with_name("unbroken.jsonl"))
    assert len(found) == EVENTS - 5
    return found


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_write(
    run: Commands, model: Path, source: Path, unbroken: list[tuple[str, float, bool]], seed: int
) -> None:
    """Each process dies at a write, sync or renaming of its own, the next goes on; the last one ends by itself."""
    draws = random.Random(seed)
    sink = source.with_name(f"killed{seed}.jsonl")
    killed = 0
    while (code := run.run(*arguments(model, source, sink), dies_at=draws.randint(3, 90))) != 0:
        assert code == -signal.SIGKILL, run.said
        killed += 1
        assert killed < 100
    assert killed >= 2
    assert verdicts(sink) == unbroken
    said = run.said
    assert f"(since the stream began: {EVENTS - 5})" in said
    state = source.parent / "streams" / state_name(str(source), str(sink))
    refused = state.with_name(state.name + ".refused.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["reason"] for line in refused] == ["not JSON"] * 5
