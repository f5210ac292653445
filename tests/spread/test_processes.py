import operator
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from garrison.errors import SettingsError
from garrison.spread import run_all


@pytest.mark.parametrize("jobs", [1, 2, -1])
def test_results_stand_in_the_order_of_the_tasks(jobs: int) -> None:
    tasks = [(number, 2) for number in range(40)]
    assert run_all(operator.mul, tasks, jobs=jobs, title="doubling") == list(range(0, 80, 2))


def test_nothing_to_do_gives_nothing() -> None:
    assert run_all(operator.mul, [], jobs=2, title="doubling") == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_in_a_task_comes_through(jobs: int) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        run_all(int, [("1",), ("one",), ("3",)], jobs=jobs, title="failing")


def test_no_jobs_are_refused() -> None:
    with pytest.raises(SettingsError, match="jobs is 0"):
        run_all(operator.mul, [(1, 0)], jobs=0, title="doubling")


def process(_: int) -> int:
    return os.getpid()


@pytest.mark.parametrize(("jobs", "cells", "here"), [(-1, 10, True), (-1, 10**6, False), (2, 10, False)])
def test_little_work_stays_in_this_process_unless_processes_are_asked_for(
    jobs: int, cells: int, here: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("garrison.spread.processes.threads", lambda jobs: 2 if jobs == -1 else jobs)
    found = run_all(process, [(0,), (1,)], jobs=jobs, title="naming", cells=cells)
    assert (set(found) == {os.getpid()}) is here


SLEEPER = """
import pathlib, signal, sys, time, os
from garrison.spread import run_all

signal.signal(signal.SIGINT, signal.default_int_handler)  # who started the tests may have it ignored

def sleep(folder, number):
    pathlib.Path(folder, f"{number}-{os.getpid()}").touch()
    time.sleep(120)

try:
    run_all(sleep, [(sys.argv[1], number) for number in range(4)], jobs=2, title="sleeping")
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_leaves_no_process_behind(tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", SLEEPER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    workers = {int(path.name.partition("-")[2]) for path in tmp_path.iterdir()}
    assert len(workers) == 2
    children = psutil.Process(program.pid).children(recursive=True)
    os.kill(program.pid, signal.SIGINT)
    said, _ = program.communicate(timeout=60)
    assert said == "interrupted\n"
    gone, alive = psutil.wait_procs(children, timeout=30)
    assert not alive
    assert workers <= {process.pid for process in gone}
