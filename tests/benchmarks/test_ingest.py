import contextlib
import importlib
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from garrison.data import open_store

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield importlib.import_module("ingest")
    del sys.modules["ingest"]


def test_the_peer_stores_the_events_that_garrison_stores(benchmark: Any, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    benchmark.make_events(path, 500, seed=1)
    for loader in benchmark.LOADERS:
        benchmark.LOADERS[loader](events=True)(path, tmp_path)
    names = ["src_ip", "protocol", "payload_len", "dst_port", "duration", "failed"]
    with open_store(f"duckdb:///{tmp_path / 'store.duckdb'}") as store:
        ours = [[row[name] for name in names] for batch in store.scan("events") for row in batch.to_pylist()]
    with contextlib.closing(sqlite3.connect(tmp_path / "store.sqlite")) as connection:
        theirs = [list(row) for row in connection.execute(f"SELECT {', '.join(names)} FROM events")]
    assert len(ours) == 500
    assert ours == theirs


@pytest.mark.parametrize("events", [False, True])
def test_every_loader_loads(benchmark: Any, tmp_path: Path, events: bool) -> None:
    path = tmp_path / "events.csv"
    (benchmark.make_events if events else benchmark.make_csv)(path, 300, seed=1)
    for loader in benchmark.LOADERS:
        assert benchmark.measure_here(loader, path, events=events)["seconds"] > 0
