"""Tuning on a Dask cluster; tests/spread/test_stages.py kills a worker under it."""

import time
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from garrison.data.splits import grouped_folds
from garrison.detection import tune
from garrison.errors import ClusterError
from garrison.spread import Cluster, cluster, on_cluster

distributed = pytest.importorskip("distributed")


def test_a_study_whose_cluster_goes_away_ends_with_a_reason_and_goes_on_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 5)
    rng = np.random.default_rng(2)
    X = rng.normal(size=(400, 4))
    y = X[:, 0] + X[:, 1] * X[:, 2] + rng.normal(size=len(X)) > 0
    folds = grouped_folds(y, np.arange(len(X)), folds=3, seed=0)
    path, params = tmp_path / "study.log", {"trees": 20}
    place = distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        host="127.0.0.1",
        protocol="tcp",
        dashboard_address="127.0.0.1:0",
        silence_logs=50,
    )
    plain, waited = Cluster.wait, []

    def waiting(self: Cluster, futures: Iterable["Future[Any]"]) -> set["Future[Any]"]:
        waited.append(time.monotonic())
        if len(waited) == 5:
            place.close()
        return plain(self, futures)

    with monkeypatch.context() as patched:
        patched.setattr(Cluster, "wait", waiting)
        with (
            pytest.raises(ClusterError, match="does not answer any more"),
            on_cluster(place.scheduler_address),
        ):
            tune("xgboost", X, y, folds=folds, params=params, trials=500, storage=path)
    found = tune("xgboost", X, y, folds=folds, params=params, trials=3, storage=path)
    alone = tune("xgboost", X, y, folds=folds, params=params, trials=3)
    assert [each.folds for each in found.trials] == [each.folds for each in alone.trials]
