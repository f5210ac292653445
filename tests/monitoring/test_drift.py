"""Drift that is put in is found; where there is none, alarms are no more often than stated."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom

from garrison.errors import DataError, SchemaError, SettingsError
from garrison.monitoring import Current, Drift, DriftRule, Reference, ReferenceMaker, Scores, find_drift
from garrison.monitoring.drift import FLOORS

NO_FLOORS = dict.fromkeys(FLOORS, 0.0)
SERVICES = np.array(["http", "dns", "ssh", "smtp", "ftp"])


def events(seed: int, rows: int, **change: Any) -> dict[str, Any]:
    """Columns of every kind, as they come from the same world, or with something changed in it."""
    rng = np.random.default_rng(seed)
    shares = np.array(change.get("services", [0.5, 0.3, 0.1, 0.06, 0.04]))
    flags = rng.random(rows) < change.get("flags", 0.2)
    services = rng.choice(SERVICES, rows, p=shares).astype(object)
    services[rng.random(rows) < change.get("new", 0.0)] = "quic"
    duration = rng.exponential(1.0, rows)
    duration[rng.random(rows) < change.get("missing", 0.02)] = np.nan
    return {
        "bytes": rng.lognormal(6 + change.get("shift", 0.0), change.get("wide", 1.0), rows),
        "count": rng.poisson(2, rows).astype(float),
        "zeros": np.where(rng.random(rows) < 0.9, 0.0, rng.exponential(size=rows)),
        "duration": duration,
        "service": pa.array(services, pa.string()),
        "flag": pa.array(flags),
    }


def scores(seed: int, rows: int, shift: float = 0.0) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).beta(1, 9, rows) + shift, 0, 1)


@pytest.fixture(scope="module")
def reference() -> Reference:
    maker = ReferenceMaker()
    for seed in range(4):
        maker.add(events(seed, 10_000))
    return maker.reference(Scores.of(scores(4, 10_000), threshold=0.4))


def checked(
    reference: Reference,
    rows: int = 20_000,
    rule: DriftRule | None = None,
    *,
    seed: int = 99,
    score_shift: float = 0.0,
    **change: Any,
) -> Drift:
    current = Current(reference)
    current.add(events(seed, rows, **change), scores(seed + 1, rows, score_shift))
    return find_drift(current, rule)


CHANGES = [
    ({"shift": 0.3}, "bytes", "wasserstein"),
    ({"wide": 1.4}, "bytes", "psi"),
    ({"services": [0.3, 0.5, 0.1, 0.06, 0.04]}, "service", "cramers_v"),
    ({"new": 0.03}, "service", "new_values"),
    ({"flags": 0.4}, "flag", "jensen_shannon"),
    ({"missing": 0.15}, "duration", "missing"),
]


@pytest.mark.parametrize(("change", "column", "statistic"), CHANGES, ids=str)
def test_what_was_changed_is_found_and_nothing_else(
    reference: Reference, change: dict[str, Any], column: str, statistic: str
) -> None:
    drift = checked(reference, **change)
    assert [each.name for each in drift.drifted] == [column]
    assert drift.verdict.startswith("drift: 1 of 7")
    found = drift.drifted[0]
    assert statistic in {each.statistic for each in (*found.effects, found.missing) if each.large}
    assert found.severity >= 1


def test_effects_are_of_the_size_that_was_put_in(reference: Reference) -> None:
    drift = {each.name: each for each in checked(reference, new=0.03, missing=0.15, flags=0.4).columns}
    assert drift["service"].effect("new_values") == pytest.approx(0.03, abs=0.005)
    assert drift["duration"].missing_current - drift["duration"].missing_reference == pytest.approx(
        0.13, abs=0.01
    )
    assert drift["service"].new[0][0] == "quic"
    assert np.isnan(drift["service"].effect("ks"))


def test_a_shift_of_the_scores_is_found_and_the_flagged_share_is_told(reference: Reference) -> None:
    drift = checked(reference, score_shift=0.2)
    assert [each.name for each in drift.drifted] == ["score"]
    assert drift.flagged is not None
    assert drift.flagged[1] > 3 * drift.flagged[0]


@pytest.mark.parametrize("rows", [100, 2_000])
def test_false_alarms_come_no_more_often_than_stated(reference: Reference, rows: int) -> None:
    """200 fresh samples: without any floor, so that what is left is the test itself; and by the usual rule."""
    holm, plain = (DriftRule(0.05, correction, NO_FLOORS) for correction in ("holm", "none"))
    alarms = {"holm": 0, "usual": 0, "plain": 0}
    for place in range(200):
        current = Current(reference)
        current.add(events(1_000 + 2 * place, rows), scores(1_001 + 2 * place, rows))
        alarms["holm"] += bool(find_drift(current, holm).drifted)
        alarms["usual"] += bool(find_drift(current).drifted)
        alarms["plain"] += place < 40 and bool(find_drift(current, plain).drifted)
    assert alarms["holm"] <= binom.ppf(0.99, 200, 0.05)
    assert alarms["usual"] <= 200 * DriftRule().alpha
    assert alarms["plain"] > binom.ppf(0.99, 40, 0.05), "without any correction there are too many"


def test_a_million_rows_do_not_make_a_tiny_change_drift(reference: Reference) -> None:
    current = Current(reference)
    for seed in range(20):
        current.add(events(200 + seed, 50_000, shift=0.04, flags=0.22))
    found = {each.name: each for each in find_drift(current).columns}
    assert found["bytes"].p < 1e-5
    assert found["flag"].p < 1e-5
    assert not any(each.drifted for each in found.values())


def test_few_rows_are_not_judged(reference: Reference) -> None:
    drift = checked(reference, 20, shift=0.9, flags=1.0)
    assert not drift.drifted
    assert drift.verdict == "not judged: 20 rows, and 50 are needed"


def test_batches_parts_and_threads_change_nothing(reference: Reference) -> None:
    data, scored = events(7, 30_000, shift=0.5), scores(8, 30_000)
    whole, threads, merged = Current(reference), Current(reference, jobs=2), Current(reference)
    whole.add(data, scored)
    for start in range(0, 30_000, 7_000):
        part = {name: values[start : start + 7_000] for name, values in data.items()}
        threads.add(part, scored[start : start + 7_000])
        other = Current(reference)
        other.add(part, scored[start : start + 7_000])
        merged.merge(other)
    expected = find_drift(whole).to_dict()
    for current in (threads, merged):
        found = find_drift(current).to_dict()
        assert found["drifted"] == expected["drifted"]
        for one, two in zip(found["columns"], expected["columns"], strict=True):
            assert one["effects"] == pytest.approx(two["effects"])
            assert one["shape"] == two["shape"]


def test_columns_that_did_not_come_are_named_and_unknown_ones_passed_over(reference: Reference) -> None:
    current = Current(reference)
    current.add({"bytes": np.arange(100.0), "other": np.arange(100.0)})
    drift = find_drift(current)
    assert drift.absent == ("count", "zeros", "duration", "service", "flag")
    assert drift.flagged is None


def test_a_column_that_is_empty_now_has_moved_by_what_is_missing(reference: Reference) -> None:
    data = events(3, 500)
    data["bytes"] = np.full(500, np.nan)
    data["service"] = pa.nulls(500, pa.string())
    current = Current(reference)
    current.add(data)
    found = {each.name: each for each in find_drift(current).drifted}
    assert {*found} == {"bytes", "service"}
    assert found["bytes"].missing_current == 1
    assert found["bytes"].effects == ()
    assert found["bytes"].shape.parts == ()


def test_the_picture_of_a_column_adds_up(reference: Reference) -> None:
    for each in checked(reference, shift=0.3, new=0.03).columns:
        assert len(each.shape.parts) == len(each.shape.reference) == len(each.shape.current) > 1
        assert sum(each.shape.reference) == pytest.approx(1)
        assert sum(each.shape.current) == pytest.approx(1)


def test_what_cannot_be_compared_is_refused(reference: Reference) -> None:
    with pytest.raises(SchemaError, match="'bytes' is of another kind"):
        Current(reference).add({"bytes": pa.array(["x"])})
    with pytest.raises(DataError, match="no rows"):
        find_drift(Current(reference))
    with pytest.raises(SettingsError, match="alpha of 2"):
        DriftRule(alpha=2)
    with pytest.raises(SettingsError, match="psy=0"):
        DriftRule(least={"psy": 0.1})
