"""Curves against scikit-learn, and what thinning may not lose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn import metrics as oracle

from garrison.errors import DataError, SchemaError
from garrison.evaluation import calibration, metric, precision_recall, recall_at_fpr, roc
from garrison.evaluation.curves import MOST_POINTS, _spread

Rows = list[tuple[bool, int]]
rows_of_both = st.lists(st.tuples(st.booleans(), st.integers(0, 10)), min_size=2, max_size=50).filter(
    lambda rows: len({label for label, _ in rows}) == 2
)


def split(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    return np.array([label for label, _ in rows]), np.array([score for _, score in rows]) / 10


def many(rows: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(3)
    y = generator.random(rows) < 0.4
    return y, 1 / (1 + np.exp(-generator.normal(np.where(y, 1.5, -1.5))))


@given(rows=rows_of_both)
def test_roc_equals_scikit_learn(rows: Rows) -> None:
    y, p = split(rows)
    curve = roc(y, p)
    rate, recall, threshold = oracle.roc_curve(y, p, drop_intermediate=False)
    assert curve.false_positive_rate == pytest.approx(rate)
    assert curve.recall == pytest.approx(recall)
    assert curve.threshold == pytest.approx(threshold)
    assert curve.auc == pytest.approx(oracle.auc(rate, recall))


@given(rows=rows_of_both)
def test_precision_recall_equals_scikit_learn(rows: Rows) -> None:
    y, p = split(rows)
    curve = precision_recall(y, p)
    precision, recall, threshold = oracle.precision_recall_curve(y, p)
    assert curve.precision == pytest.approx(precision[:-1][::-1])
    assert curve.recall == pytest.approx(recall[:-1][::-1])
    assert curve.threshold == pytest.approx(threshold[::-1])
    assert curve.average_precision == pytest.approx(oracle.average_precision_score(y, p))
    assert curve.prevalence == pytest.approx(y.mean())


def test_a_long_roc_is_thinned_but_keeps_its_shape_also_at_low_rates() -> None:
    y, p = many()
    curve = roc(y, p)
    assert curve.recall.size <= 500
    assert (curve.recall[0], curve.recall[-1], curve.false_positive_rate[-1]) == (0, 1, 1)
    rate, recall, _ = oracle.roc_curve(y, p, drop_intermediate=False)
    for at in (0.001, 0.01, 0.1, 0.5):
        whole = np.interp(at, rate, recall)
        assert np.interp(at, curve.false_positive_rate, curve.recall) == pytest.approx(whole, abs=0.01)


def test_thinning_keeps_the_marked_rates_exactly() -> None:
    y, p = many()
    for marks in ((0.0001, 0.001, 0.01, 0.05, 0.1), (0.0, 0.003)):
        curve = roc(y, p, marks=marks)
        assert curve.recall.size <= 500
        for rate in marks:
            assert curve.recall[curve.false_positive_rate <= rate].max() == recall_at_fpr(y, p, rate)


def test_a_long_precision_recall_curve_is_thinned() -> None:
    y, p = many()
    curve = precision_recall(y, p)
    assert curve.recall.size <= 500
    precision, recall, _ = oracle.precision_recall_curve(y, p)
    for at in (0.1, 0.5, 0.9, 0.99):
        whole = np.interp(at, recall[::-1], precision[::-1])
        assert np.interp(at, curve.recall, curve.precision) == pytest.approx(whole, abs=0.01)


def test_calibration_equals_scikit_learn() -> None:
    y, p = many(2000)
    curve = calibration(y, p, bins=10)
    share, score = oracle_calibration(y, p)
    assert curve.share == pytest.approx(share)
    assert curve.score == pytest.approx(score)
    assert curve.rows.sum() == 2000
    for at in range(curve.rows.size):
        found = binomtest(round(share[at] * curve.rows[at]), int(curve.rows[at])).proportion_ci(
            method="wilson"
        )
        assert (curve.low[at], curve.high[at]) == pytest.approx((found.low, found.high))


def oracle_calibration(y: np.ndarray, p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.calibration import calibration_curve

    share, score = calibration_curve(y, p, n_bins=10)
    return share, score


@given(rows=rows_of_both)
def test_the_calibration_error_of_the_curve_is_the_metric(rows: Rows) -> None:
    y, p = split(rows)
    assert calibration(y, p).ece == pytest.approx(metric("ece")(y, p))


@pytest.mark.parametrize("curve", [roc, precision_recall, calibration])
def test_bad_scores_are_refused(curve: object) -> None:
    assert callable(curve)
    with pytest.raises(SchemaError):
        curve([1, 1], [0.1, 0.2])
    with pytest.raises(DataError):
        curve([0, 1], [0.1, float("nan")])


def test_one_slice_is_refused() -> None:
    with pytest.raises(DataError, match="slices"):
        calibration([0, 1], [0.1, 0.9], bins=1)


def test_thinned_points_are_spread_alike_along_axes_of_any_unit() -> None:
    still, rising = np.zeros(50_000), np.linspace(0, 1, 50_000)
    one, other = np.r_[rising * 1e6, still + 1e6], np.r_[still, rising]
    places = _spread(one, other)
    assert places.size <= MOST_POINTS
    assert abs(int((places < 50_000).sum()) - places.size // 2) <= 2
