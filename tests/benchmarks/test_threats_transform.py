import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from garrison.features.cyber import CyberDataProcessor

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield importlib.import_module("threats_transform")
    for name in ("threats_transform", "peers", "peers.threats_pandas_transform"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("by_hand", [False, True])
def test_the_peer_gives_the_numbers_that_garrison_gives(
    benchmark: Any, tmp_path: Path, by_hand: bool
) -> None:
    peers = importlib.import_module("peers.threats_pandas_transform")
    fit, path = tmp_path / "fit.parquet", tmp_path / "events.parquet"
    benchmark.make_events(fit, 3_000, seed=1)
    benchmark.make_events(path, 3_000, seed=2)
    ours = CyberDataProcessor().fit(fit)
    peer = peers.PandasTransform(peers.read(fit), by_hand=by_hand)
    assert sorted(ours.names) == sorted(peer.names)
    X, Y = ours.transform(path), peer.transform(peers.read(path))
    Y = Y[:, [peer.names.index(name) for name in ours.names]]
    assert np.allclose(X, Y, rtol=1e-9, atol=1e-9)
    assert np.ptp(X[:, ours.names.index("past_600s_distinct_dst_port")]) > 1


def test_every_way_transforms_every_row(benchmark: Any, tmp_path: Path) -> None:
    fit, path = tmp_path / "fit.parquet", tmp_path / "events.parquet"
    benchmark.make_events(fit, 500, seed=1)
    benchmark.make_events(path, 700, seed=2)
    for way in benchmark.WAYS:
        assert benchmark.measure_here(way, path, fit)["transformed"] == 700
