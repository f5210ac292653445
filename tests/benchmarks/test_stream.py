import importlib
import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def benchmark() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        module = importlib.import_module("stream")
        patch.setattr(importlib.import_module("threats_score"), "TRAINING_ROWS", 2_000)
        yield module
    own = ("peers", "threats_transform", "threats_score", "stream")
    for name in [name for name in sys.modules if name.partition(".")[0] in own]:
        del sys.modules[name]


@pytest.mark.parametrize("kind", ["simulated", "busy"])
def test_the_peer_gives_the_scores_that_garrison_gives(benchmark: Any, tmp_path: Path, kind: str) -> None:
    importlib.import_module("threats_score").make_detector(tmp_path, seed=1)
    source = tmp_path / "events.jsonl"
    benchmark.make_lines(kind, source, 300, seed=2)
    found = {}
    for way in benchmark.WAYS:
        sink = tmp_path / f"{way}.out"
        facts = benchmark.measure_here(way, tmp_path, source, sink, 60)
        found[way] = np.array([json.loads(line)["score"] for line in sink.read_bytes().splitlines()])
        assert facts["scored"] == len(found[way])
        assert facts["peak_mib"] > 0
    assert len(found["garrison"]) == 300
    assert len(found["plain loop"]) == 60
    assert np.ptp(found["garrison"]) > 0.01
    assert np.allclose(found["garrison"][:60], found["plain loop"], rtol=1e-4)


def test_jitter_puts_events_behind_later_ones(benchmark: Any, tmp_path: Path) -> None:
    benchmark.make_lines("jitter", tmp_path / "events.jsonl", 500, seed=3)
    times = [json.loads(line)["timestamp"] for line in (tmp_path / "events.jsonl").read_bytes().splitlines()]
    assert len(times) == 500
    assert sum(later < before for before, later in pairwise(times)) > 50
