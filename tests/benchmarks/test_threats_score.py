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
        module = importlib.import_module("threats_score")
        patch.setattr(module, "TRAINING_ROWS", 2_000)
        yield module
    for name in [name for name in sys.modules if name.partition(".")[0] in ("peers", "threats_transform")]:
        del sys.modules[name]
    del sys.modules["threats_score"]


@pytest.fixture(scope="module")
def folder(benchmark: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("score")
    benchmark.make_detector(place, seed=1)
    return place


@pytest.mark.parametrize("kind", ["simulated", "busy"])
def test_the_peer_gives_the_scores_that_garrison_gives(
    benchmark: Any, folder: Path, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "events.parquet"
    benchmark.make_events(kind, path, 3_000, seed=2)
    ours = np.concatenate(list(benchmark.WAYS["garrison"](folder, path, batch_rows=700)()))
    assert np.ptp(ours) > 0.2
    for way in ("pandas", "pandas by hand"):
        theirs = np.concatenate(list(benchmark.WAYS[way](folder, path, batch_rows=700)()))
        assert np.allclose(ours, theirs, rtol=1e-5)


def test_every_way_scores_every_row(benchmark: Any, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    benchmark.make_events("simulated", path, 600, seed=3)
    found = [benchmark.measure_here(way, folder, path) for way in benchmark.WAYS]
    assert {each["scored"] for each in found} == {600}
    assert np.ptp([each["mean_score"] for each in found]) < 1e-6
    assert all(each["seconds"] > 0 and each["peak_mib"] > 0 for each in found)
