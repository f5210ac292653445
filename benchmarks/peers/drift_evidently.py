"""The peer of ``benchmarks/drift.py``: two Parquet files held against each other by Evidently.

Run by the Python of an environment that has it; prints JSON.
"""

import importlib
import json
import resource
import sys
import time
from typing import Any


def by_report(pandas: Any, reference: str, current: str) -> tuple[float, float, list[str]]:
    """Its DataDriftPreset, with its defaults; a column has moved where its value is at its threshold or beyond."""
    evidently = importlib.import_module("evidently")
    presets = importlib.import_module("evidently.presets")
    started, worked = time.perf_counter(), time.process_time()
    sides = [pandas.read_parquet(path) for path in (current, reference)]
    numbers = [name for name in sides[0].columns if name.startswith("n")]
    definition = evidently.DataDefinition(
        numerical_columns=numbers,
        categorical_columns=[name for name in sides[0].columns if name not in numbers],
    )
    found = evidently.Report([presets.DataDriftPreset()]).run(
        *(evidently.Dataset.from_pandas(side, definition) for side in sides)
    )
    moved = []
    for metric in found.dict()["metrics"]:
        config = metric["config"]
        if "column" in config and float(metric["value"]) >= float(config["threshold"]):
            moved.append(config["column"])
    return time.perf_counter() - started, time.process_time() - worked, moved


def by_tests(pandas: Any, reference: str, current: str) -> tuple[float, float, list[str]]:
    """The statistics that it takes by default for as many rows, one column after the other, and no report."""
    tests = importlib.import_module("evidently.legacy.calculations.stattests")
    types = importlib.import_module("evidently.legacy.core")
    started, worked = time.perf_counter(), time.process_time()
    new, old = (pandas.read_parquet(path) for path in (current, reference))
    moved = []
    for name in new.columns:
        test, kind = (
            (tests.wasserstein_stat_test, types.ColumnType.Numerical)
            if name.startswith("n")
            else (tests.jensenshannon_stat_test, types.ColumnType.Categorical)
        )
        _, drifted = test.func(old[name].dropna(), new[name].dropna(), kind, 0.1)
        if drifted:
            moved.append(name)
    return time.perf_counter() - started, time.process_time() - worked, moved


def main() -> None:
    """Measure once and print."""
    way, reference, current = sys.argv[1:]
    pandas = importlib.import_module("pandas")
    seconds, busy, moved = (by_report if way == "evidently" else by_tests)(pandas, reference, current)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "cpu_seconds": busy, "moved": sorted(moved), "peak_mib": peak}))


if __name__ == "__main__":
    main()
