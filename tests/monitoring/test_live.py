"""Streams: a shift that is put in is found soon, and where there is none alarms are as rare as stated."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import poisson

from garrison.errors import SettingsError
from garrison.monitoring import Monitor, Reference, ReferenceMaker, Scores, Shift
from garrison.monitoring.places import category_places, number_places
from garrison.monitoring.streaming import STREAM_TESTS

SERVICES = ["http", "dns", "ssh"]


def rows(
    seed: int, count: int, *, shift: float = 0.0, shares: tuple[float, ...] = (0.6, 0.3, 0.1)
) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "bytes": rng.lognormal(shift, 1.5, count),
        "zeros": np.where(rng.random(count) < 0.8 - shift / 4, 0.0, rng.exponential(size=count)),
        "service": pa.array(rng.choice(SERVICES, count, p=shares)),
    }


def scores(seed: int, count: int, shift: float = 0.0) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).beta(1, 6, count) + shift, 0, 1)


@pytest.fixture(scope="module")
def reference() -> Reference:
    maker = ReferenceMaker()
    maker.add(rows(0, 40_000))
    return maker.reference(Scores.of(scores(1, 40_000), threshold=0.5))


def test_places_are_evenly_spread_where_nothing_has_changed(reference: Reference) -> None:
    found = rows(2, 20_000)
    numbers, categories = reference.columns["bytes"], reference.columns["service"]
    places = number_places(found["bytes"], numbers)  # type: ignore[arg-type]
    assert np.abs(np.histogram(places, 10, (0, 1))[0] / 20_000 - 0.1).max() < 0.01
    for column in ("zeros", "service"):
        summary: Any = reference.columns[column]
        of = category_places if column == "service" else number_places
        assert of(found[column], summary).mean() == pytest.approx(0.5, abs=0.01)
    assert category_places(pa.array(["gopher"]), categories)[0] > 0.9  # type: ignore[arg-type]


@pytest.mark.parametrize("test", sorted(STREAM_TESTS))
def test_false_alarms_are_no_more_than_stated(reference: Reference, test: str) -> None:
    """200 fresh streams of 1,000 rows, two columns: 0.2 false alarms a thousand rows are allowed."""
    rate = 2e-4
    alarms = 0
    for seed in range(200):
        monitor = Monitor(reference, columns=("bytes", "zeros"), test=test, rate=rate)
        alarms += len(monitor.observe(rows(100 + seed, 1_000)))
    assert alarms <= poisson.ppf(0.99, 200 * 1_000 * rate)


@pytest.mark.parametrize("test", sorted(STREAM_TESTS))
@pytest.mark.parametrize("column", ["bytes", "zeros", "score"])
def test_a_shift_is_found_soon_after_it_began(reference: Reference, test: str, column: str) -> None:
    monitor = Monitor(reference, columns=(column,), test=test)
    assert monitor.observe(rows(5, 3_000), scores(6, 3_000)) == ()
    shifts: list[Shift] = []
    for batch in range(20):
        shifts += monitor.observe(rows(7 + batch, 100, shift=1.5), scores(8 + batch, 100, 0.15))
    assert shifts
    assert shifts[0].column == column
    assert 3_000 < shifts[0].after < 4_500
    assert abs(shifts[0].place - 0.5) > 0.1
    assert f"{column} has shifted" in str(shifts[0])


def test_only_cusum_notices_a_stream_that_was_another_from_the_start(reference: Reference) -> None:
    found = {
        test: Monitor(reference, columns=("bytes",), test=test).observe(rows(9, 2_000, shift=1.5))
        for test in STREAM_TESTS
    }
    assert found["cusum"]
    assert found["cusum"][0].after < 100
    assert not found["adwin"]


def test_categories_in_other_shares_are_a_shift(reference: Reference) -> None:
    monitor = Monitor(reference, columns=("service",), test="cusum")
    assert not monitor.observe(rows(1, 2_000))
    assert monitor.observe(rows(2, 400, shares=(0.1, 0.3, 0.6)))


def test_batches_of_any_size_give_the_same(reference: Reference) -> None:
    whole, one_by_one = (Monitor(reference, columns=("bytes",), test="adwin") for _ in range(2))
    values = np.concatenate([rows(3, 500)["bytes"], rows(4, 500, shift=3)["bytes"]])
    expected = [shift.after for shift in whole.observe({"bytes": values})]
    found = [shift.after for value in values for shift in one_by_one.observe({"bytes": np.array([value])})]
    assert found == expected != []


def test_missing_values_and_columns_are_passed_over(reference: Reference) -> None:
    monitor = Monitor(reference, columns=("bytes", "score"))
    assert monitor.observe({"bytes": np.array([np.nan, 1.0]), "other": np.ones(2)}) == ()
    assert monitor.seen == {"bytes": 1, "score": 0}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"columns": ("byte",)}, "no column 'byte'"),
        ({"test": "kswin"}, "adwin, cusum"),
        ({"rate": 0.0}, "rate of 0"),
    ],
)
def test_what_cannot_be_watched_is_refused(reference: Reference, change: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as error:
        Monitor(reference, **change)
    assert said in str(error.value)
