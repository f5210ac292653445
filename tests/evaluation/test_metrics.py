"""Metrics against scikit-learn, brute force and their own definitions."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as oracle

from garrison.errors import DataError, GarrisonError, SchemaError, SettingsError
from garrison.evaluation import METRICS, Measures, confusion, measure, metric, recall_at_fpr

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@st.composite
def labelled_scores(draw: st.DrawFn, most: int = 60) -> tuple[Bools, Floats]:
    """Labels of both classes and scores on a coarse grid, so that ties are common."""
    rows = draw(st.lists(st.tuples(st.booleans(), st.integers(0, 12)), min_size=1, max_size=most))
    y = np.array([True, False, *(label for label, _ in rows)])
    p = np.array([draw(st.integers(0, 12)), draw(st.integers(0, 12)), *(score for _, score in rows)]) / 12
    return y, p


ORACLES: dict[str, Callable[[Bools, Floats, float], Any]] = {
    "accuracy": lambda y, p, t: oracle.accuracy_score(y, p >= t),
    "precision": lambda y, p, t: oracle.precision_score(y, p >= t, zero_division=0),
    "recall": lambda y, p, t: oracle.recall_score(y, p >= t),
    "f1": lambda y, p, t: oracle.f1_score(y, p >= t),
    "auc": lambda y, p, _: oracle.roc_auc_score(y, p),
    "average_precision": lambda y, p, _: oracle.average_precision_score(y, p),
    "brier": lambda y, p, _: oracle.brier_score_loss(y, p),
    "log_loss": lambda y, p, _: oracle.log_loss(y, p),
    "ece": lambda y, p, _: slow_ece(y, p),
}


def slow_ece(y: Bools, p: Floats) -> float:
    total = 0.0
    for low in range(15):
        inside = [i for i, score in enumerate(p) if low <= score * 15 < low + 1 or (low == 14 and score == 1)]
        if inside:
            total += len(inside) * abs(p[inside].mean() - y[inside].mean())
    return total / len(p)


def slow_recall_at_fpr(y: Bools, p: Floats, fpr: float) -> float:
    best = 0.0
    for threshold in p:
        flagged = p >= threshold
        if (flagged & ~y).sum() / (~y).sum() <= fpr:
            best = max(best, (flagged & y).sum() / y.sum())
    return best


def test_every_metric_has_an_oracle() -> None:
    assert set(ORACLES) == set(METRICS)


@pytest.mark.parametrize("name", list(METRICS))
@given(rows=labelled_scores(), threshold=st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_metric_equals_its_oracle(name: str, rows: tuple[Bools, Floats], threshold: float) -> None:
    y, p = rows
    assert metric(name)(y, p, threshold) == pytest.approx(ORACLES[name](y, p, threshold), abs=1e-12)


@given(rows=labelled_scores(), fpr=st.sampled_from([0.0, 0.01, 0.1, 0.5, 0.99]))
def test_recall_at_fpr_equals_brute_force(rows: tuple[Bools, Floats], fpr: float) -> None:
    y, p = rows
    assert recall_at_fpr(y, p, fpr) == pytest.approx(slow_recall_at_fpr(y, p, fpr), abs=1e-12)
    assert metric(f"recall@fpr={fpr:g}")(y, p) == recall_at_fpr(y, p, fpr)


def test_recall_at_fpr_counts_a_rate_that_is_exactly_met() -> None:
    y = np.r_[np.zeros(300, dtype=bool), np.ones(4, dtype=bool)]
    p = np.r_[np.full(297, 0.1), np.full(3, 0.8), [0.05, 0.8, 0.9, 0.9]]
    assert recall_at_fpr(y, p, 0.01) == 0.75
    assert recall_at_fpr(y, p, 0.0099) == 0.5


@pytest.mark.parametrize("name", [*METRICS, "recall@fpr=0.1"])
@given(rows=labelled_scores(most=20), counts=st.lists(st.integers(0, 3), min_size=22, max_size=22))
def test_weights_mean_repeated_rows(name: str, rows: tuple[Bools, Floats], counts: list[int]) -> None:
    y, p = rows
    times = np.array(counts[: y.size])
    times[:2] += 1
    formula = metric(name).formula
    weighted = formula(y, p, np.stack([times, times * 2]).astype(np.float64), 0.5)
    repeated = metric(name)(np.repeat(y, times), np.repeat(p, times))
    assert weighted == pytest.approx([repeated, repeated], abs=1e-12)


@given(rows=labelled_scores())
def test_measure_agrees_with_each_metric_and_survives_a_round_trip(rows: tuple[Bools, Floats]) -> None:
    y, p = rows
    found = measure(y, p, threshold=0.4)
    for name in METRICS:
        assert getattr(found, name) == metric(name)(y, p, 0.4)
    cells = oracle.confusion_matrix(y, p >= 0.4, labels=[False, True])
    counted = found.confusion
    assert [counted.true_negatives, counted.false_positives] == cells[0].tolist()
    assert [counted.false_negatives, counted.true_positives] == cells[1].tolist()
    assert Measures.from_dict(found.to_dict()) == found


@given(rows=labelled_scores(), prevalence=st.floats(0.001, 0.999))
def test_precision_at_prevalence_is_bayes_rule(rows: tuple[Bools, Floats], prevalence: float) -> None:
    y, p = rows
    weights = np.where(y, prevalence / y.mean(), (1 - prevalence) / (1 - y.mean()))
    expected = oracle.precision_score(y, p >= 0.5, sample_weight=weights, zero_division=0)
    assert confusion(y, p, threshold=0.5).precision_at_prevalence(prevalence) == pytest.approx(expected)


@pytest.mark.parametrize("name", [*METRICS, "recall@fpr=0.01"])
@given(row=st.integers(0, 3), bad=st.sampled_from([math.nan, math.inf, -math.inf, -0.01, 1.01]))
def test_a_score_that_is_no_probability_is_refused(name: str, row: int, bad: float) -> None:
    p = np.array([0.1, 0.2, 0.3, 0.4])
    p[row] = bad
    with pytest.raises(DataError, match="a score is") as caught:
        metric(name)([0, 1, 0, 1], p)
    assert f"row {row} " in caught.value.where


@pytest.mark.parametrize("value", [True, False])
def test_one_class_is_refused(value: bool) -> None:
    with pytest.raises(SchemaError, match=f"all 3 labels are {'positive' if value else 'negative'}"):
        measure(np.full(3, value), np.full(3, 0.5))


@pytest.mark.parametrize(
    ("y", "p"),
    [([], []), ([[0, 1]], [[0.1, 0.2]]), ([0, 1], [0.1]), ([0, 2], [0.1, 0.2]), ([0, 1], [[0.1], [0.2]])],
)
def test_wrong_shapes_and_labels_are_refused(y: list[int], p: list[float]) -> None:
    with pytest.raises(DataError):
        measure(y, p)


@pytest.mark.parametrize(
    ("name", "near"), [("acuracy", "accuracy"), ("F1", "f1"), ("recall@fpr=1%", "recall@fpr=0.01")]
)
def test_an_unknown_metric_names_the_nearest(name: str, near: str) -> None:
    with pytest.raises(SettingsError) as caught:
        metric(name)
    assert near in str(caught.value)


@pytest.mark.parametrize("fpr", ["1", "1.5", "-0.1", "nan", ""])
def test_a_rate_that_is_none_is_refused(fpr: str) -> None:
    with pytest.raises(SettingsError):
        metric(f"recall@fpr={fpr}")


@pytest.mark.parametrize(
    "call",
    [
        lambda: recall_at_fpr([0, 1], [0, 1], 1.0),
        lambda: confusion([0, 1], [0, 1], threshold=0.5).precision_at_prevalence(0),
    ],
)
def test_rates_out_of_range_are_refused(call: Callable[[], float]) -> None:
    with pytest.raises(GarrisonError, match=r"rate|prevalence"):
        call()


def test_better_follows_the_direction_of_the_metric() -> None:
    assert metric("auc").better(0.9, 0.8)
    assert metric("brier").better(0.1, 0.2)
    assert not metric("brier").better(0.2, 0.2)
