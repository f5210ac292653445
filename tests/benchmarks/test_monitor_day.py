"""The day of the monitor, cut to half an hour: every event is kept, every check is made, and memory is looked at."""

import importlib
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from garrison.data.stores import open_store
from garrison.monitoring import COLLECTION

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def benchmark() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        module = importlib.import_module("monitor_day")
        patch.setattr(module, "TRAINING_EVENTS", 1_500)
        yield module
    del sys.modules["monitor_day"]


def test_half_an_hour_goes_by_as_it_would(benchmark: Any, tmp_path: Path) -> None:
    benchmark.make_model(tmp_path, seed=1, trees=5)
    day = benchmark.live(tmp_path, hours=0.5, per_second=1.0, warm=0.2, look=0.125, seed=1)
    assert (day.hours, day.minutes, day.checks) == (0.5, 30, 2)
    assert [*day.memory] == ["0.2 h", "0.25 h", "0.375 h", "0.5 h"]
    assert all(mib > 50 for mib in day.memory.values())
    assert day.events > 100
    with open_store(f"duckdb:///{tmp_path}/log.db") as store:
        assert store.count(COLLECTION) == day.events
    assert day.log_mib > 0


def test_minutes_leave_no_event_out_and_follow_each_other(benchmark: Any) -> None:
    found = []
    for end, events in benchmark.minutes(2.0, seed=3):
        found.append((end, events.num_rows))
        times = events.column("timestamp").to_pylist()
        assert all(benchmark.START <= each < end for each in times)
        if len(found) == 90:
            break
    gaps = {(later - before).total_seconds() for (before, _), (later, _) in pairwise(found)}
    assert gaps == {60.0}
    assert sum(rows for _, rows in found) > 1_000
