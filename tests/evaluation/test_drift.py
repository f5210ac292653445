"""Drift: scipy as the oracle, false alarms at their stated rate, injected drift found."""

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats
from scipy.stats.contingency import association

from garrison.errors import DataError, SchemaError, SettingsError
from garrison.evaluation import category_drift, corrected_p, drift_table, numeric_drift
from garrison.evaluation.drift import Correction, Kind, _pooled, ks_p

numbers = arrays.arrays(np.float64, st.integers(1, 40), elements=st.integers(-5, 5))


@pytest.mark.filterwarnings("ignore:.*Exact calculation unsuccessful")
@given(one=numbers, two=numbers)
def test_numeric_drift_equals_scipy(one: np.ndarray, two: np.ndarray) -> None:
    found = numeric_drift(one, two)
    peer = stats.ks_2samp(one, two, method="exact")
    assert found.statistic == found.effect == pytest.approx(peer.statistic, abs=1e-12)
    assert found.p == pytest.approx(peer.pvalue, abs=1e-9)


@pytest.mark.parametrize("sizes", [(600, 600), (20_000, 15), (2, 200_000)])
@pytest.mark.parametrize("shift", [0.0, 0.1])
def test_numeric_drift_of_many_values_equals_scipy(sizes: tuple[int, int], shift: float) -> None:
    generator = np.random.default_rng(sizes[0])
    one, two = generator.normal(size=sizes[0]).round(1), generator.normal(shift, 1, size=sizes[1]).round(1)
    found = numeric_drift(one, two)
    peer = stats.ks_2samp(one, two, method="asymp")
    assert (found.statistic, found.p) == pytest.approx((peer.statistic, peer.pvalue))


def test_a_value_or_two_a_side_is_no_drift() -> None:
    assert numeric_drift(np.array([0.0]), np.array([9.0])).p == 1.0
    assert numeric_drift(np.array([0.0, 1.0]), np.array([8.0, 9.0])).p == pytest.approx(1 / 3)


@given(one=st.lists(st.integers(20, 60), min_size=2, max_size=5), data=st.data())
def test_category_drift_equals_scipy(one: list[int], data: st.DataObject) -> None:
    two = data.draw(st.lists(st.integers(20, 60), min_size=len(one), max_size=len(one)))
    names = np.array(list("abcde"))[: len(one)]
    found = category_drift(np.repeat(names, one), np.repeat(names, two))
    peer = stats.chi2_contingency([one, two], correction=False)
    assert found.statistic == pytest.approx(peer.statistic, abs=1e-9)
    assert found.p == pytest.approx(peer.pvalue, abs=1e-12)


@given(one=st.lists(st.integers(10, 50), min_size=3, max_size=3))
def test_the_effect_of_equal_sides_is_cramers_v(one: list[int]) -> None:
    names = np.array(list("abc"))
    two = one[::-1]
    found = category_drift(np.repeat(names, one), np.repeat(names, two))
    assert found.effect == pytest.approx(association(np.array([one, two]), method="cramer"), abs=1e-12)


@pytest.mark.parametrize("times", [1, 10, 1000])
def test_effects_do_not_grow_or_shrink_with_rows(times: int) -> None:
    reference = np.repeat(["a", "b"], [70, 30])
    current = np.repeat(["a", "b"], [40 * times, 60 * times])
    assert category_drift(reference, current).effect == pytest.approx(0.3 / np.sqrt(1.1 * 0.9))
    shifted = numeric_drift(np.arange(100.0), np.repeat(np.arange(100.0) + 30, times))
    assert shifted.effect == pytest.approx(0.3)


def columns(generator: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    table: dict[str, np.ndarray] = {f"n{i}": generator.normal(size=rows) for i in range(3)}
    table["heavy"] = generator.standard_cauchy(rows)
    table["steps"] = generator.poisson(2.0, rows)
    table["holes"] = np.where(generator.random(rows) < 0.1, np.nan, generator.random(rows))
    table["flag"] = generator.random(rows) < 0.3
    table["word"] = generator.choice(list("abcd"), rows, p=[0.5, 0.3, 0.15, 0.05])
    table["rare"] = generator.choice(30, rows, p=np.r_[0.71, np.full(29, 0.01)])
    return table


KINDS: dict[str, Kind] = {
    **dict.fromkeys(["n0", "n1", "n2", "heavy", "steps", "holes"], "numeric"),
    **dict.fromkeys(["flag", "word", "rare"], "category"),
}


@pytest.mark.parametrize("sizes", [(400, 400), (1000, 60), (40, 12)])
@pytest.mark.parametrize("correction", ["holm", "bonferroni"])
def test_false_alarms_stay_at_the_stated_rate(sizes: tuple[int, int], correction: Correction) -> None:
    alarms = 0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        table = drift_table(
            columns(generator, sizes[0]),
            columns(generator, sizes[1]),
            KINDS,
            alpha=0.05,
            correction=correction,
            least_effect=0.0,
        )
        alarms += table.drifted
    assert alarms <= stats.binom.ppf(0.99, 200, 0.05)


def test_injected_drift_is_found_where_it_is() -> None:
    for seed in range(20):
        generator = np.random.default_rng(seed)
        reference, current = columns(generator, 1500), columns(generator, 1500)
        current["n1"] = current["n1"] + 0.6
        current["holes"] = np.where(generator.random(1500) < 0.3, np.nan, current["holes"])
        current["word"] = generator.choice(list("abcz"), 1500, p=[0.3, 0.3, 0.15, 0.25])
        table = drift_table(reference, current, KINDS)
        drifted = {row.name for row in table.rows if row.drifted}
        assert drifted == {"n1", "holes (missing)", "word"}


def test_many_rows_do_not_make_everything_drift() -> None:
    generator = np.random.default_rng(0)
    rows = 200_000
    reference = {"x": generator.normal(size=rows), "c": generator.random(rows) < 0.30}
    current = {"x": generator.normal(0.03, 1, size=rows), "c": generator.random(rows) < 0.31}
    table = drift_table(reference, current, {"x": "numeric", "c": "category"})
    assert all(row.p_corrected < 0.01 for row in table.rows)
    assert not table.drifted
    assert drift_table(reference, current, {"x": "numeric"}, least_effect=0.0).drifted


def test_a_whole_number_and_a_float_are_one_category() -> None:
    found = category_drift(np.array([1, 2] * 20), np.array([1.0, 2.0] * 20))
    assert (found.statistic, found.p, found.effect) == (0, 1, 0)


def test_missing_categories_are_a_category() -> None:
    reference = np.array(["a"] * 40, dtype=object)
    current = np.array(["a"] * 20 + [None] * 10 + [float("nan")] * 10, dtype=object)
    assert category_drift(reference, current).effect == pytest.approx(np.sqrt((0.25 / 1.5 + 0.25 / 0.5) / 2))


def test_a_column_gone_missing_is_found() -> None:
    table = drift_table({"x": np.arange(50.0)}, {"x": np.full(50, np.nan)}, {"x": "numeric"})
    assert [(row.name, row.drifted, row.effect) for row in table.rows] == [("x (missing)", True, 1.0)]


@pytest.mark.parametrize("one", [np.zeros(30), np.array(["a"] * 30)])
def test_a_constant_column_does_not_drift(one: np.ndarray) -> None:
    kind: Kind = "numeric" if one.dtype.kind == "f" else "category"
    row = drift_table({"x": one}, {"x": one[:10]}, {"x": kind}).rows[0]
    assert (row.p, row.effect, row.drifted) == (1.0, 0.0, False)


def test_rare_categories_are_counted_together() -> None:
    names = np.array([f"host{i}" for i in range(300)])
    assert category_drift(names[:150], names[150:]).p == 1.0


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=20).map(np.array))
def test_corrections_follow_their_definitions(p: np.ndarray) -> None:
    assert corrected_p(p, "benjamini-hochberg") == pytest.approx(stats.false_discovery_control(p))
    assert corrected_p(p, "bonferroni") == pytest.approx(np.minimum(1, p * p.size))
    assert corrected_p(p, "none") == pytest.approx(p)
    holm = corrected_p(p, "holm")
    for alpha in (0.01, 0.05, 0.3):
        rejected = np.zeros(p.size, dtype=bool)
        for rank, place in enumerate(np.argsort(p, kind="stable")):
            if p[place] * (p.size - rank) > alpha:
                break
            rejected[place] = True
        assert ((holm <= alpha) == rejected).all()


def test_the_table_is_json() -> None:
    found = drift_table({"x": np.arange(9)}, {"x": np.arange(8)}, {"x": "numeric"}).to_dict()
    assert found["reference_rows"] == 9
    assert found["rows"][0]["name"] == "x"
    assert found["drifted"] is False


@pytest.mark.parametrize(
    ("current", "error"),
    [
        ({}, SchemaError),
        ({"x": np.array([])}, DataError),
        ({"x": np.array([1.0, np.inf])}, DataError),
        ({"x": np.array(["a", "b"])}, DataError),
        ({"x": np.ones((2, 2))}, DataError),
    ],
)
def test_bad_columns_are_refused(current: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        drift_table({"x": np.arange(5.0)}, current, {"x": "numeric"})


def test_bad_rules_are_refused() -> None:
    data = {"x": np.arange(5.0)}
    with pytest.raises(SettingsError, match="alpha"):
        drift_table(data, data, {"x": "numeric"}, alpha=5)
    with pytest.raises(SettingsError) as caught:
        drift_table(data, data, {"x": "numeric"}, correction="fdr")  # type: ignore[arg-type]
    assert all(name in str(caught.value) for name in get_args(Correction))


def test_no_rows_are_refused() -> None:
    with pytest.raises(DataError, match="no values"):
        numeric_drift(np.array([np.nan]), np.arange(3.0))
    with pytest.raises(DataError, match="no rows"):
        category_drift(np.array([]), np.arange(3))


@pytest.mark.parametrize(
    ("counts", "pooled"),
    [
        ([[5, 95], [5, 95]], [[5, 95], [5, 95]]),  # five are expected in each cell, which is enough
        ([[4, 96], [5, 95]], [[100], [100]]),  # 4.5 are not, and there is one category to join
        ([[3, 2, 95], [2, 3, 95]], [[95, 5], [95, 5]]),  # two rare ones are enough together
        (
            [[1, 2, 50, 47], [2, 1, 47, 50]],
            [[47, 53], [50, 50]],
        ),  # too few together: with the rarest other one
        ([[1, 2], [2, 1]], [[3], [3]]),  # all of them are rare
    ],
)
def test_rare_categories_are_counted_together_by_cochrans_rule(
    counts: list[list[int]], pooled: list[list[int]]
) -> None:
    found = _pooled(np.array(counts, dtype=np.float64))
    assert found.sum() == np.sum(counts)
    assert sorted(map(tuple, found.T)) == sorted(map(tuple, np.array(pooled, dtype=np.float64).T))


def test_smallest_samples_have_a_p_value_of_their_own() -> None:
    assert ks_p(0.5, 1, 1) == 1.0
    assert ks_p(0.5, 4, 4) == pytest.approx(0.5), "an effective size of two"
