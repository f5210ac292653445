import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def benchmark() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        patch.setenv("GARRISON_PSEUDONYM_KEY", "00" * 32)
        yield importlib.import_module("threats_train")
    for name in [name for name in sys.modules if name.partition(".")[0] in ("peers", "threats_train")]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def processed(benchmark: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("train") / "processed.parquet"
    benchmark.make_processed(path, 4_000, seed=2)
    return path


def test_the_peer_learns_what_garrison_learns(benchmark: Any, processed: Path) -> None:
    ours = benchmark.garrison_train(processed, benchmark.Steps(), trees=20, seed=0)
    theirs = benchmark.pandas_train(processed, benchmark.Steps(), trees=20, seed=0, names=ours.names)
    assert sorted(ours.names) == sorted(
        benchmark.pandas_train(processed, benchmark.Steps(), trees=1, seed=0).names
    )
    assert len(ours.scores) == 800
    assert np.ptp(ours.scores) > 0.2
    assert np.array_equal(ours.scores, theirs.scores)
    assert np.array_equal(ours.scores >= ours.threshold, theirs.scores >= theirs.threshold)


def test_every_way_learns_and_says_how_long_each_step_took(benchmark: Any, processed: Path) -> None:
    for way in benchmark.WAYS:
        found = benchmark.measure_here(way, processed, trees=20, seed=0)
        assert 0 <= found["flagged"] < 0.5
        assert found["seconds"] == pytest.approx(sum(found[step] for step in benchmark.STEPS))


def test_growth_is_the_exponent_of_the_rows(benchmark: Any) -> None:
    assert benchmark.growth((100, 1_000), (1.0, 100.0)) == pytest.approx(2.0)
