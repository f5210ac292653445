"""Killed at any point and started again, a stream writes what an unbroken one writes: every verdict, each once."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
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


@pytest.mark.parametrize("seed", range(2))
def test_killed_from_outside_while_the_file_grows(
    run: Commands, model: Path, source: Path, unbroken: list[tuple[str, float, bool]], seed: int
) -> None:
    """Only alerts are written, so that the sink cannot tell how far the source was read."""
    draws = random.Random(100 + seed)
    lines = source.read_bytes().splitlines(keepends=True)
    # The name of an event is that of its file: another folder, the same name.
    folder = source.parent / f"outside{seed}"
    folder.mkdir()
    growing, sink = folder / "events.jsonl", folder / "alerts.jsonl"
    growing.touch()
    options = ["--from", growing, "--to", sink, "--alerts-only", "--batch-rows", "5", "--max-wait-ms", "5"]
    given = 0
    for _ in range(4):
        pid = run.start("stream", model, *options, "--checkpoint-s", draws.choice([0, 0.02]))
        deadline = time.monotonic() + draws.uniform(0.2, 0.6)
        while time.monotonic() < deadline:
            with growing.open("ab") as file:
                file.write(b"".join(lines[given : given + 7]))
            given = min(given + 7, EVENTS)
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL
    with growing.open("ab") as file:
        file.write(b"".join(lines[given:]))
    assert run.run("stream", model, *options, "--until-end") == 0, run.said
    expected = [(name.rpartition(":")[2], score) for name, score, alert in unbroken if alert]
    assert [(name.rpartition(":")[2], score) for name, score, _ in verdicts(sink)] == expected
    assert f"{EVENTS - 5}" in next(line for line in run.said.splitlines() if "events: " in line)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_stop_finishes_and_reports(
    run: Commands, model: Path, source: Path, unbroken: list[tuple[str, float, bool]], number: signal.Signals
) -> None:
    sink = source.with_name(f"{number.name}.jsonl")
    pid = run.start("stream", model, "--from", source, "--to", sink, "--checkpoint-s", "1000")
    deadline = time.monotonic() + 30
    while not sink.exists() or not sink.stat().st_size:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(pid, number)
    assert run.wait() == 0, run.said
    assert f"ended: stopped by {number.name}" in run.said
    assert run.run(*arguments(model, source, sink)) == 0
    assert verdicts(sink) == unbroken
    assert "scored twice: 0" in run.said


def test_another_pipe_has_other_events(model: Path, source: Path, place: Path, run: Commands) -> None:
    """Killed before a checkpoint and fed from another pipe, it writes all that comes, and takes none for an old one."""
    first, second = source.read_bytes().splitlines(keepends=True)[:3], event_lines(4, seed=99)
    sink = place / "piped.jsonl"
    command = [
        *(sys.executable, "-c", "import sys; from garrison.cli import main; main()", "stream", str(model)),
        *("--from", "-", "--to", str(sink), "--state", str(place / "piped.state"), "--max-wait-ms", "5"),
    ]
    env = {**os.environ, "GARRISON_PSEUDONYM_KEY": "ab" * 32}
    killed = subprocess.Popen(
        [*command, "--checkpoint-s", "1000"],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=place,
        env=env,
    )
    assert killed.stdin is not None
    killed.stdin.write(b"".join(first))
    killed.stdin.flush()
    deadline = time.monotonic() + 60
    while not sink.exists() or len(sink.read_bytes().splitlines()) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    killed.kill()
    killed.stdin.close()
    assert killed.wait() == -signal.SIGKILL
    done = subprocess.run(
        command, input=b"\n".join(second) + b"\n", capture_output=True, cwd=place, check=True, env=env
    )
    found = [json.loads(line)["id"] for line in sink.read_bytes().splitlines()]
    assert len(found) == len({*found}) == 7
    assert b"scored twice: 0" in done.stderr


def test_standard_input_to_standard_output(model: Path, source: Path, place: Path) -> None:
    """In a process of its own: what comes out of a pipe, and what is said beside it."""
    command = [
        sys.executable,
        "-c",
        "import sys; from garrison.cli import main; main()",
        "stream",
        str(model),
    ]
    done = subprocess.run(
        [*command, "--from", "-", "--to", "-", "--event", "none"],
        input=source.read_bytes() + b"half a line",
        capture_output=True,
        cwd=place,
        check=False,
        env={**os.environ, "GARRISON_PSEUDONYM_KEY": "ab" * 32},
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == EVENTS - 5
    assert found[0]["id"].endswith("/stdin:1")
    assert b"refused:      6" in done.stderr
    assert len((place / "stdin.refused.jsonl").read_bytes().splitlines()) == 6
