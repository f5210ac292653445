"""What is said when a cluster is not there, is another, or goes away; and that what was finished is kept."""

import logging
import operator
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from dask_place import pids, scheduler, workers

from garrison.ciphers.stages import keys
from garrison.cli.main import run_command
from garrison.detection.families.base import checked_rows
from garrison.errors import ClusterError, DataError
from garrison.spread import Cluster, as_done, cluster, cluster_at_hand, on_cluster, run_all
from garrison.spread.on_worker import check_versions, decisive_versions

pytest.importorskip("distributed")

pytestmark = pytest.mark.xdist_group("cluster")


def test_results_stand_in_the_order_of_the_tasks(address: str) -> None:
    large = np.arange(300_000.0)
    with on_cluster(address):
        tasks = [(number,) for number in range(12)]
        found = run_all(operator.add, tasks, jobs=1, title="adding", shared=(large,), anywhere=True)
        sums = dict(as_done(np.sum, [(large,), (large[1:],)]))
    assert cluster_at_hand() is None
    assert [part[1] for part in found] == [number + 1 for number in range(12)]
    assert sums == {0: large.sum(), 1: large.sum()}


def test_only_what_may_be_done_anywhere_leaves_this_process(address: str) -> None:
    with on_cluster(address):
        here = run_all(os.getpid, [()] * 3, jobs=1, title="naming")
        there = run_all(os.getpid, [()] * 3, jobs=1, title="naming", anywhere=True)
    assert set(here) == {os.getpid()}
    assert os.getpid() not in there


def test_tasks_are_taken_as_they_are_needed(address: str) -> None:
    taken: list[int] = []

    def tasks() -> Iterator[tuple[int]]:
        for number in range(40):
            taken.append(number)
            yield (number,)

    with on_cluster(address):
        results = as_done(abs, tasks())
        found = dict([next(results)])
        assert len(taken) <= 8
        found.update(results)
    assert found == {number: number for number in range(40)}


def test_an_error_of_a_task_is_raised_as_it_would_be_here(address: str) -> None:
    with on_cluster(address), pytest.raises(DataError) as told:
        list(as_done(checked_rows, [(np.array([[1.0, np.nan]]),)]))
    assert told.value.where == "row 0, feature 1"
    assert told.value.remedy == "let the processor impute missing values"


def test_what_a_worker_cannot_import_is_named(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "only_here", ModuleType("only_here"))
    monkeypatch.setattr(sys.modules["only_here"], "unknown_there", unknown_there, raising=False)
    monkeypatch.setattr(unknown_there, "__module__", "only_here")
    with on_cluster(address), pytest.raises(ClusterError, match=r"lacks something: .*'only_here'"):
        list(as_done(unknown_there, [(1,)]))


def unknown_there(_: int) -> None:
    """Of a module that is in this process alone while it is asked for."""


@pytest.mark.parametrize("where", ["tcp://127.0.0.1:9", "somewhere", "ftp://x:1"])
def test_a_scheduler_that_is_not_there_is_named(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 1)
    level = logging.getLogger("distributed.client").level
    with pytest.raises(ClusterError, match="no Dask scheduler answers") as told, on_cluster(where):
        pass
    assert told.value.where == where
    assert "dask scheduler" in told.value.expected
    assert logging.getLogger("distributed.client").level == level


def test_a_missing_dask_is_an_extra_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match="Dask is not installed") as told, on_cluster("tcp://127.0.0.1:9"):
        pass
    assert told.value.remedy == "pip install 'garrison[distributed]'"


def test_workers_of_other_versions_are_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {**decisive_versions(), "numpy": "0.9", "python": "2.7"}
    monkeypatch.setattr(cluster, "decisive_versions", lambda: asked)
    with pytest.raises(ClusterError, match=r"numpy \S+ instead of 0\.9, python \S+ instead of 2\.7") as told:
        Cluster(address)
    assert told.value.remedy == "install them there: pip install numpy==0.9"


def test_a_worker_that_comes_later_is_asked_too(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {**decisive_versions(), "garrison": "9.9"}
    with on_cluster(address) as found:
        assert found is not None
        monkeypatch.setattr(found, "_versions", asked)
        with pytest.raises(ClusterError, match=r"garrison \S+ instead of 9\.9"):
            list(as_done(abs, [(1,)]))


def test_equal_versions_are_taken() -> None:
    check_versions(decisive_versions())


def test_a_task_that_ends_every_worker_is_given_up(address: str) -> None:
    with on_cluster(address), pytest.raises(ClusterError, match="each time its worker was lost") as told:
        list(as_done(os._exit, [(3,)]))
    assert "memory" in told.value.remedy


def test_a_cluster_that_goes_away_ends_the_work_with_a_reason_and_the_work_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cluster, "CONNECT_S", 5)
    command = ["ciphers", "keys", "--split", "train", "--count", "6000", "--shard", "500"]
    with scheduler(tmp_path) as (address, process):
        plain = Cluster.wait
        seen: list[Future[Any]] = []

        def waiting(self: Cluster, futures: Iterable["Future[Any]"]) -> set["Future[Any]"]:
            done = plain(self, futures)
            seen.extend(done)
            if len(seen) > 2:
                process.send_signal(signal.SIGKILL)
            return done

        with workers(tmp_path, address, count=1), monkeypatch.context() as patched:
            pids(address, count=1)
            patched.setattr(Cluster, "wait", waiting)
            assert run_command([*command, "--scheduler", address]) == 21
    said = capfd.readouterr().err
    assert "the Dask scheduler does not answer any more" in said
    assert "give the same command" in said
    kept = len(list(Path("ciphers/train/keys").glob("shard-*.json")))
    assert kept > 2
    assert run_command(command) == 0
    assert f"kept:    {kept} shards finished before" in capfd.readouterr().out
    whole = keys(tmp_path / "whole", "train", count=6000, shard=500)
    for path in whole.folder.glob("*.npy"):
        assert path.read_bytes() == (Path("ciphers/train/keys") / path.name).read_bytes()


def test_a_scheduler_without_workers_is_waited_for_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(cluster, "WORKERS_S", 1)
    with LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        protocol="tcp",
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=50,
    ) as place:
        address = place.scheduler_address
        found = Cluster(address)
        place.scale(0)
        with pytest.raises(ClusterError, match="the Dask scheduler has no workers"):
            list(found.as_done(abs, [(1,)]))
        found.close()
        with pytest.raises(ClusterError, match="the Dask scheduler has no workers") as told:
            Cluster(address)
        assert f"dask worker {address} --nthreads 1" in told.value.remedy
