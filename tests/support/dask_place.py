"""A Dask scheduler and two workers, each a process of its own, as a person would start them."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from garrison.spread import Cluster

START_S = 200
DASK = [sys.executable, "-m", "dask"]
HERE = ["--host", "127.0.0.1", "--no-dashboard"]


@contextlib.contextmanager
def scheduler(folder: Path, *more: str) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A scheduler's address and process, ended at the end; ``more`` are options of its command."""
    file = folder / "scheduler.json"
    asked = [*HERE, "--port", "0", "--scheduler-file", str(file), *more]
    with _process(folder, "scheduler", *asked) as process:
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            with contextlib.suppress(OSError, ValueError):
                yield json.loads(file.read_text("utf-8"))["address"], process
                return
            time.sleep(0.05)
    raise AssertionError((folder / "scheduler.log").read_text("utf-8"))


@contextlib.contextmanager
def workers(folder: Path, address: str, *, count: int = 2) -> Iterator[None]:
    """Workers of one thread, each watched by a nanny that starts it again when it is killed."""
    asked = ["--nworkers", str(count), "--nthreads", "1", "--local-directory", str(folder)]
    asked += ["--preload-nanny", str(Path(__file__).with_name("quick_workers.py"))]
    with _process(folder, "worker", address, *HERE, *asked):
        yield


@contextlib.contextmanager
def _process(folder: Path, what: str, *asked: str) -> Iterator["subprocess.Popen[bytes]"]:
    with (folder / f"{what}.log").open("wb") as log:
        forked = {"DASK_DISTRIBUTED__WORKER__MULTIPROCESSING_METHOD": "forkserver"}
        process = subprocess.Popen(
            [*DASK, what, *asked], stdout=log, stderr=log, cwd=folder, env={**os.environ, **forked}
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def pids(address: str, *, count: int) -> dict[str, int]:
    """The process of each of ``count`` workers by its address, once all of them are there."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=START_S)
        found: dict[str, int] = client.run(os.getpid)
    return found


class KilledHalfWay:
    """Kills the worker that is making something, as soon as there is a first result and another is still missing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
        self.victim: int | None = None
        self.done_before = self.done_after = 0
        processes = pids(address, count=2)
        plain = Cluster.wait

        def waiting(cluster: Cluster, futures: Iterable["Future[Any]"]) -> set["Future[Any]"]:
            done = plain(cluster, futures)
            if self.victim is not None:
                self.done_after += len(done)
                return done
            self.done_before += len(done)
            busy = [worker for worker, tasks in cluster._client.processing().items() if tasks]
            if busy:
                self.victim = processes[busy[0]]
                os.kill(self.victim, signal.SIGKILL)
            return done

        monkeypatch.setattr(Cluster, "wait", waiting)
