"""Tuning on a Dask cluster: a real scheduler and two worker processes, one of which is killed half-way."""

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from garrison.data.splits import grouped_folds
from garrison.detection import tune
from garrison.errors import UsageError

distributed = pytest.importorskip("distributed")


def rows(count: int = 2000) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(count, 4))
    y = X[:, 0] + X[:, 1] * X[:, 2] + rng.normal(size=count) > 0
    return X, y, grouped_folds(y, np.arange(count), folds=3, seed=0)


@pytest.mark.timeout(120)
def test_a_fold_whose_worker_is_killed_is_made_again_by_another(tmp_path: Path) -> None:
    X, y, folds = rows()
    path, killed = tmp_path / "study.log", []
    params = {"trees": 150}
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50
    ) as cluster:
        first = next(iter(cluster.workers.values())).pid

        def kill_one() -> None:
            while not path.exists() or path.read_bytes().count(b"\n") < 15:
                time.sleep(0.05)
            os.kill(first, signal.SIGKILL)
            killed.append(first)

        thread = threading.Thread(target=kill_one)
        thread.start()
        found = tune(
            "xgboost",
            X,
            y,
            folds=folds,
            params=params,
            trials=8,
            workers=2,
            storage=path,
            scheduler=cluster.scheduler_address,
            pruning="none",
        )
        thread.join()
        alone = tune("xgboost", X, y, folds=folds, params=params, trials=1)
    assert killed
    assert [(each.place, each.status) for each in found.trials] == [(n, "complete") for n in range(8)]
    assert found.trials[0].folds == alone.trials[0].folds


@pytest.mark.timeout(120)
def test_a_cluster_that_goes_away_ends_the_study_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from garrison.detection.tuning import on_dask

    monkeypatch.setattr(on_dask, "CONNECT_S", 5)
    X, y, folds = rows()
    path = tmp_path / "study.log"
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50
    )

    def close() -> None:
        while not path.exists() or path.read_bytes().count(b"\n") < 15:
            time.sleep(0.05)
        cluster.close()

    thread = threading.Thread(target=close)
    thread.start()
    with pytest.raises(UsageError, match="does not answer any more"):
        tune(
            "xgboost",
            X,
            y,
            folds=folds,
            params={"trees": 150},
            trials=500,
            storage=path,
            scheduler=cluster.scheduler_address,
        )
    thread.join()
    kept = len(tune("xgboost", X, y, folds=folds, params={"trees": 150}, trials=1, storage=path).trials)
    assert kept >= 1


def test_workers_of_another_version_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import garrison
    from garrison.detection.tuning.work import Material, fit_one

    X, y, folds = rows(60)
    material = Material("knn", {}, X, y, None, folds, "auc", 0)
    assert 0 <= fit_one(material, {}, 0)[0] <= 1
    monkeypatch.setattr(garrison, "__version__", "0.0.1")
    with pytest.raises(UsageError, match=r"a worker has Garrison 0\.0\.1"):
        fit_one(material, {}, 0)


@pytest.mark.timeout(120)
def test_a_scheduler_that_is_not_there_or_has_no_workers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from garrison.detection.tuning import on_dask

    X, y, folds = rows(60)
    monkeypatch.setattr(on_dask, "CONNECT_S", 1)
    monkeypatch.setattr(on_dask, "WORKERS_S", 1)
    for address in ("tcp://127.0.0.1:9", "somewhere", "ftp://x:1"):
        with pytest.raises(UsageError, match="no Dask scheduler answers"):
            tune("knn", X, y, folds=folds, trials=1, scheduler=address)
    with (
        distributed.LocalCluster(
            n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50
        ) as cluster,
        pytest.raises(UsageError, match="has no workers"),
    ):
        tune("knn", X, y, folds=folds, trials=1, scheduler=cluster.scheduler_address)
