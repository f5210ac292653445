"""Thresholds against a search over every score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison.errors import DataError, SettingsError
from garrison.evaluation import confusion, metric, recall_at_fpr, threshold_at_fpr, threshold_for

Rows = list[tuple[bool, int]]
rows_of_both = st.lists(st.tuples(st.booleans(), st.integers(0, 10)), min_size=2, max_size=50).filter(
    lambda rows: len({label for label, _ in rows}) == 2
)


def split(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    return np.array([label for label, _ in rows]), np.array([score for _, score in rows]) / 10


@given(rows=rows_of_both, fpr=st.sampled_from([0.0, 0.01, 0.2, 0.7]))
def test_the_threshold_keeps_the_rate_and_reaches_the_recall(rows: Rows, fpr: float) -> None:
    y, p = split(rows)
    found = confusion(y, p, threshold=threshold_at_fpr(y, p, fpr))
    assert found.false_positive_rate <= fpr
    assert found.recall == pytest.approx(recall_at_fpr(y, p, fpr))


@given(rows=rows_of_both)
def test_no_threshold_with_that_recall_has_fewer_false_positives(rows: Rows) -> None:
    y, p = split(rows)
    found = confusion(y, p, threshold=threshold_at_fpr(y, p, 0.3))
    rivals = [confusion(y, p, threshold=level) for level in p]
    equal = [rival.false_positives for rival in rivals if rival.recall == found.recall]
    assert found.false_positives <= min(equal, default=0)


@pytest.mark.parametrize("name", ["accuracy", "precision", "recall", "f1"])
@given(rows=rows_of_both)
def test_no_other_threshold_is_better(name: str, rows: Rows) -> None:
    y, p = split(rows)
    chosen = metric(name)
    best = max(chosen(y, p, level) for level in p)
    assert chosen(y, p, threshold_for(y, p, name)) == pytest.approx(best)


def test_a_small_change_of_a_score_does_not_turn_a_verdict() -> None:
    y, p = np.array([0, 0, 1, 1]), np.array([0.1, 0.3, 0.7, 0.9])
    assert threshold_for(y, p, "f1") == pytest.approx(0.5)
    assert threshold_for(y, p, "recall@fpr=0.01") == threshold_at_fpr(y, p, 0.01) == pytest.approx(0.5)


def test_neighbouring_floats_stay_apart() -> None:
    low = 0.5
    high = float(np.nextafter(low, 1))
    assert threshold_at_fpr([0, 1], [low, high], 0.0) == high


def test_when_the_highest_score_is_a_false_positive_nothing_is_flagged() -> None:
    threshold = threshold_at_fpr([0, 1], [1.0, 0.5], 0.0)
    assert np.isfinite(threshold)
    assert threshold > 1.0


def test_a_metric_without_threshold_is_refused() -> None:
    with pytest.raises(SettingsError, match="auc does not depend on a threshold"):
        threshold_for([0, 1], [0.1, 0.2], "auc")


def test_a_rate_of_one_is_refused() -> None:
    with pytest.raises(DataError, match="false-positive rate"):
        threshold_at_fpr([0, 1], [0.1, 0.2], 1.0)
