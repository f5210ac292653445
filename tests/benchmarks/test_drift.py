import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def benchmark() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module("drift")
    del sys.modules["drift"]


def test_the_columns_that_were_changed_are_found_and_no_other(benchmark: Any, tmp_path: Path) -> None:
    paths = benchmark.make_files(tmp_path, 3_000, seed=1)
    found = benchmark.find_here(*paths, jobs=2)
    assert found["moved"] == sorted(benchmark.MOVED)
    assert 0 < found["reference_seconds"] < found["seconds"]
    assert found["reference_bytes"] < 400_000
    assert found["peak_mib"] > 0
