"""A run folder must survive what really happens to runs, so these tests kill, corrupt and fill for real."""

import contextlib
import dataclasses
import errno
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from garrison.errors import (
    CheckFailed,
    GarrisonError,
    IntegrityError,
    Interrupted,
    OutputError,
    RunBusy,
    UsageError,
)
from garrison.files import sha256_of
from garrison.run.folder import RunFolder, list_runs

NOBODY = 65534
KILLED_IN_STAGE = """
import sys, time
from pathlib import Path
from garrison.run.folder import RunFolder
with RunFolder.open(Path(sys.argv[1])) as folder:
    with folder.making("one", "in 1") as making:
        (making.path / "rows.txt").write_text("one")
        making.finish({"rows": "rows.txt"})
    with folder.making("two", "in 2") as making:
        (making.path / "half.txt").write_text("half")
        print("in stage two", flush=True)
        time.sleep(600)
"""


def new_run(root: Path, name: str = "run") -> RunFolder:
    return RunFolder.create(root, pipeline="phishing", name=name)


def make(folder: RunFolder, stage: str = "one", digest: str = "in 1", text: str = "rows") -> None:
    with folder.making(stage, digest) as making:
        (making.path / "deep").mkdir()
        (making.path / "deep" / "rows.txt").write_text(text)
        (making.path / "more.txt").write_text("more")
        making.finish({"rows": "deep/rows.txt", "count": 3})


ARTIFACT = {"rows": "deep/rows.txt", "count": 3}


def start_and_wait_in_stage_two(path: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED_IN_STAGE, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "in stage two\n"
    return process


def end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def test_a_new_run_gets_an_id_from_pipeline_and_time(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "runs", pipeline="phishing")
    assert re.fullmatch(r"phishing-\d{8}-\d{6}-[0-9a-f]{4}", folder.id)
    assert folder.path == tmp_path / "runs" / folder.id
    assert RunFolder.open(folder.path).record == folder.record


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "a b", "x" * 101, "-x"])
def test_a_name_that_cannot_be_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a run"):
        new_run(tmp_path, name)


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    with new_run(tmp_path) as folder:
        with pytest.raises(UsageError, match="already"):
            new_run(tmp_path)
        (folder.path / "settings.yml").write_text("seed: 0")
    with pytest.raises(UsageError, match="already"):
        new_run(tmp_path)


def test_the_name_of_a_run_that_was_killed_before_it_had_anything_is_free(tmp_path: Path) -> None:
    with new_run(tmp_path) as folder:
        (folder.path / ".settings.yml.0a1b.part").write_text("see")
    with new_run(tmp_path) as again:
        assert again.record.attempts == 1
        assert not list(again.path.glob(".*.part"))


def test_opening_what_is_no_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not the folder of a run"):
        RunFolder.open(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"id": "x"}',
        *(
            '{"id":"x","pipeline":"p",' + more + "}"
            for more in (
                '"status":"odd"',
                '"status":"failed","odd":1',
                '"status":"failed","started":null',
                '"status":"failed","metrics":null',
                '"status":"failed","metrics":{"auc":"good"}',
                '"status":"failed","metrics":{"auc":null}',
                '"status":"failed","attempts":"1"',
                '"status":"failed","error":"\\ud800"',
            )
        ),
    ],
)
def test_a_damaged_record_is_named(tmp_path: Path, text: str) -> None:
    folder = new_run(tmp_path)
    (folder.path / "run.json").write_text(text)
    with pytest.raises(IntegrityError) as caught:
        RunFolder.open(folder.path)
    assert caught.value.where == str(folder.path / "run.json")
    assert [record.status for record in list_runs(tmp_path)] == ["damaged"]


def test_a_metric_that_is_no_number_comes_back_as_it_was(tmp_path: Path) -> None:
    with new_run(tmp_path) as folder:
        folder.update_record(metrics={"auc": float("nan"), "log_loss": float("inf"), "rows": 7})
    metrics = RunFolder.open(folder.path).record.metrics
    assert repr(metrics) == "{'auc': nan, 'log_loss': inf, 'rows': 7.0}"


def test_a_finished_stage_is_found_for_the_same_inputs_only(tmp_path: Path) -> None:
    with new_run(tmp_path) as folder:
        assert folder.finished("one", "in 1") is None
        make(folder)
        assert folder.finished("one", "in 1") == ARTIFACT
        assert folder.finished("one", "in 2") is None
        assert folder.finished("two", "in 1") is None
    assert RunFolder.open(folder.path).finished("one", "in 1") == ARTIFACT


@pytest.mark.parametrize("name", ["deep/rows.txt", "more.txt", "artifact.json"])
def test_any_changed_byte_means_the_stage_is_made_again(tmp_path: Path, name: str) -> None:
    with new_run(tmp_path) as folder:
        make(folder)
        file = folder.stage_path("one") / name
        whole = file.read_bytes()
        for place in range(len(whole)):
            file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            assert folder.finished("one", "in 1") is None
        file.write_bytes(whole + b"\n")
        assert folder.finished("one", "in 1") is None
        file.unlink()
        assert folder.finished("one", "in 1") is None
        make(folder)
        assert folder.finished("one", "in 1") == ARTIFACT
        assert file.read_bytes() == whole


def test_a_list_of_files_that_leads_outside_is_not_believed(tmp_path: Path) -> None:
    from garrison.files import canonical_json, sha256_of_json

    (tmp_path / "secret").write_text("x")
    with new_run(tmp_path) as folder:
        make(folder)
        path = folder.stage_path("one") / "artifact.json"
        content = json.loads(path.read_text())
        del content["digest"]
        content["files"] = {"../../../secret": sha256_of(tmp_path / "secret")}
        path.write_text(canonical_json(content | {"digest": sha256_of_json(content)}))
        assert folder.finished("one", "in 1") is None


def test_equal_stages_give_equal_bytes(tmp_path: Path) -> None:
    digests = []
    for name in ("a", "b"):
        with new_run(tmp_path, name) as folder:
            make(folder)
            digests.append(sha256_of(folder.stage_path("one") / "artifact.json"))
    assert digests[0] == digests[1]


def make_and_raise(folder: RunFolder, stage: str, error: BaseException) -> None:
    with folder.making(stage, "in 2") as making:
        (making.path / "half.txt").write_text("half")
        raise error


def test_a_stage_that_fails_leaves_nothing_and_keeps_the_old_one(tmp_path: Path) -> None:
    with new_run(tmp_path) as folder:
        make(folder)
        with pytest.raises(KeyboardInterrupt):
            make_and_raise(folder, "one", KeyboardInterrupt())
        with pytest.raises(ZeroDivisionError):
            make_and_raise(folder, "two", ZeroDivisionError())
        assert folder.finished("one", "in 1") == ARTIFACT
        assert [path.name for path in (folder.path / "stages").iterdir()] == ["one"]


def test_faults_in_a_stage_are_told_to_its_author(tmp_path: Path) -> None:
    folder = new_run(tmp_path)
    with pytest.raises(RuntimeError, match="with folder"), folder.making("one", "in"):
        pass
    with folder:
        with pytest.raises(ValueError, match="without calling finish"), folder.making("one", "in"):
            pass
        with pytest.raises(ValueError, match="temporary folder"), folder.making("one", "in") as making:
            making.finish({"rows": str(making.path / "rows.txt")})
        with pytest.raises(TypeError), folder.making("one", "in") as making:
            making.finish({"rows": Path("rows.txt")})
        with pytest.raises(ValueError, match="cannot name a stage"):
            folder.finished("../one", "in")
        assert not folder.stage_path("one").exists()


def test_a_run_killed_in_a_stage_resumes_from_the_finished_one(tmp_path: Path) -> None:
    path = new_run(tmp_path).path
    process = start_and_wait_in_stage_two(path)
    try:
        assert [record.status for record in list_runs(tmp_path)] == ["running"]
    finally:
        end(process)
    assert process.returncode == -signal.SIGKILL
    assert [record.status for record in list_runs(tmp_path)] == ["interrupted"]
    with RunFolder.open(path) as folder:
        assert folder.finished("one", "in 1") == {"rows": "rows.txt"}
        assert folder.finished("two", "in 2") is None
        assert sorted(item.name for item in (path / "stages").iterdir()) == ["one"]
        assert folder.record.attempts == 2
        make(folder, "two", "in 2")
        assert folder.finished("two", "in 2") == ARTIFACT
    assert [record.status for record in list_runs(tmp_path)] == ["finished"]


def test_a_second_process_in_the_folder_is_refused_by_name(tmp_path: Path) -> None:
    path = new_run(tmp_path).path
    process = start_and_wait_in_stage_two(path)
    try:
        with pytest.raises(RunBusy) as caught:
            RunFolder.open(path).__enter__()
        assert f"process {process.pid} on " in caught.value.what
        assert RunFolder.open(path).record.status == "running"
        assert any(item.name.endswith(".part") for item in (path / "stages").iterdir())
    finally:
        end(process)


def test_a_second_holder_in_the_same_process_is_refused(tmp_path: Path) -> None:
    with new_run(tmp_path) as folder:
        with pytest.raises(RunBusy), RunFolder.open(folder.path):
            pass
        assert folder.record.status == "running"
    with RunFolder.open(folder.path):
        pass


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (CheckFailed("3 columns drifted"), "failed", 3),
        (ValueError("odd"), "failed", 1),
        (KeyboardInterrupt(), "interrupted", 130),
        (Interrupted("stopped"), "interrupted", 130),
        (SystemExit(4), "failed", 4),
        (SystemExit(), "finished", 0),
    ],
)
def test_the_record_says_how_the_run_ended(
    tmp_path: Path, error: BaseException, status: str, code: int
) -> None:
    folder = new_run(tmp_path)
    with pytest.raises(type(error)), folder:
        raise error
    record = RunFolder.open(folder.path).record
    assert (record.status, record.exit_code) == (status, code)
    assert record.ended is not None
    assert record.ended >= record.started


def test_the_record_keeps_facts_without_secrets(tmp_path: Path) -> None:
    facts: dict[str, Any] = {
        "seed": 7,
        "metrics": {"auc": 0.99, "ratio": float("nan")},
        "command": "garrison run phishing --store mongodb://reader:hunter2@db/events",
        "notes": {"password": "hunter2"},
    }
    with new_run(tmp_path) as folder:
        folder.update_record(**facts)
        with pytest.raises(TypeError):
            folder.update_record(sed=7)
    text = (folder.path / "run.json").read_text()
    assert "hunter2" not in text
    record = RunFolder.open(folder.path).record
    assert (record.seed, record.metrics["auc"]) == (7, 0.99)


def test_runs_are_listed_newest_first(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "none") == []
    for name, started in [("a", "2026-01-01T00:00:00+00:00"), ("b", "2026-03-01T00:00:00+00:00")]:
        with new_run(tmp_path, name) as folder:
            folder.update_record(started=started)
    (tmp_path / "mlartifacts").mkdir()
    assert [record.id for record in list_runs(tmp_path)] == ["b", "a"]


def test_a_root_below_a_file_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file") as caught:
        new_run(tmp_path / "file")
    assert caught.value.exit_code == 11


def test_a_full_disk_in_a_stage_is_an_output_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def run_until_full(folder: RunFolder) -> None:
        with folder:
            make(folder, "one")
            monkeypatch.setattr(os, "fsync", full)
            make(folder, "two")

    folder = new_run(tmp_path)
    with pytest.raises(OutputError, match="the disk is full"):
        run_until_full(folder)
    monkeypatch.undo()
    assert [item.name for item in (folder.path / "stages").iterdir()] == ["one"]
    with folder:
        assert folder.finished("one", "in 1") == ARTIFACT


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_stage_that_fills_the_disk_is_an_output_error(tmp_path: Path) -> None:
    def write_too_much(folder: RunFolder) -> None:
        with folder.making("one", "in"):
            Path("/dev/full").write_text("x")

    with new_run(tmp_path) as folder:
        with pytest.raises(OutputError, match="the disk is full"):
            write_too_much(folder)
        assert not folder.stage_path("one").exists()


@contextlib.contextmanager
def without_privileges(folder: Path) -> Iterator[None]:
    """As somebody who owns ``folder`` and is not root, who may write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.chown(folder, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_without_permission_is_an_output_error() -> None:
    # Not in tmp_path: what lies above it can be entered by the one who made it alone.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with without_privileges(folder):
            new_run(folder, "may")
            folder.chmod(0o500)
            with pytest.raises(OutputError, match="permission denied"):
                new_run(folder, "may-not")
            folder.chmod(0o700)


def test_every_error_of_ours_gives_its_exit_code(tmp_path: Path) -> None:
    def tree(kind: type[GarrisonError]) -> list[type[GarrisonError]]:
        return [kind, *(below for sub in kind.__subclasses__() for below in tree(sub))]

    for number, kind in enumerate(tree(GarrisonError)):
        folder = new_run(tmp_path, f"run{number}")
        error = kind.__new__(kind)
        GarrisonError.__init__(error, "no")
        with pytest.raises(kind), folder:
            raise error
        assert folder.record.exit_code == kind.exit_code


def test_the_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    with new_run(tmp_path) as folder:
        folder.update_record(stages={"ingestion": 1.5}, versions={"python": "3.11"}, report="report.html")
    written = dataclasses.asdict(folder.record)
    assert dataclasses.asdict(RunFolder.open(folder.path).record) == written


def test_what_a_stage_returned_comes_back_in_its_order(tmp_path: Path) -> None:
    returned = {"zebra": 1, "ant": {"recall": 0.5, "accuracy": 0.9}}
    with new_run(tmp_path) as folder:
        with folder.making("one", "inputs") as making:
            making.finish(returned)
        found = folder.finished("one", "inputs")
        assert found is not None
        assert [*found, *found["ant"]] == ["zebra", "ant", "recall", "accuracy"]
        path = folder.stage_path("one") / "artifact.json"
        swapped = json.loads(path.read_text(encoding="utf-8"))
        swapped["artifact"] = dict(reversed(swapped["artifact"].items()))
        path.write_text(json.dumps(swapped, indent=2) + "\n", encoding="utf-8")
        assert folder.finished("one", "inputs") is None
