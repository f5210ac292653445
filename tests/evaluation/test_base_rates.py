"""Precision at a base rate, against the formula of one prevalence and against counting a thinned table."""

import numpy as np
import pytest

from garrison.errors import DataError
from garrison.evaluation import base_rate, confusion, recall_at_fpr


def scores(rows: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(5)
    y = np.arange(rows) % 2 == 0
    return y, 1 / (1 + np.exp(-generator.normal(np.where(y, 2, -2), 1.5)))


def test_each_point_is_that_of_one_prevalence() -> None:
    y, p = scores()
    curve = base_rate(y, p, threshold=0.5)
    counts = confusion(y, p, threshold=0.5)
    own = curve.lines[0]
    assert own.fpr is None
    assert (own.recall, own.false_positive_rate) == (counts.recall, counts.false_positive_rate)
    for place in (0, 40, 119):
        expected = counts.precision_at_prevalence(curve.prevalence[place])
        assert own.precision[place] == own.precision_at(curve.prevalence[place]) == pytest.approx(expected)
    assert (np.diff(own.precision) > 0).all()
    assert ((own.low < own.precision) & (own.precision < own.high)).all()


def test_it_foretells_the_precision_of_a_table_with_fewer_positives() -> None:
    y, p = scores(400_000)
    thinned = np.flatnonzero(~y | (np.arange(y.size) % 100 == 0))
    found = confusion(y[thinned], p[thinned], threshold=0.5)
    precision = found.true_positives / (found.true_positives + found.false_positives)
    told = base_rate(y[::7], p[::7], threshold=0.5, prevalence=[y[thinned].mean()]).lines[0]
    assert told.low[0] < precision < told.high[0]


def test_the_rates_are_spent_in_full() -> None:
    y, p = scores()
    curve = base_rate(y, p, threshold=0.5, rates=(0.01, 0.001), prevalence=[0.001])
    for line, rate in zip(curve.lines[1:], (0.01, 0.001), strict=True):
        recall = recall_at_fpr(y, p, rate)
        assert (line.fpr, line.recall) == (rate, recall)
        assert line.precision[0] == pytest.approx(recall * 0.001 / (recall * 0.001 + rate * 0.999))


def test_no_false_alarm_in_a_few_rows_is_no_promise() -> None:
    y = np.arange(200) < 100
    own = base_rate(y, y.astype(float), threshold=0.5, prevalence=[0.001]).lines[0]
    assert own.precision[0] == own.high[0] == 1
    assert own.low[0] < 0.03


def test_a_detector_that_flags_nothing_has_no_precision() -> None:
    y, p = scores(100)
    assert base_rate(y, p, threshold=2.0, rates=(), prevalence=[0.1]).lines[0].precision.tolist() == [0.0]


@pytest.mark.parametrize("prevalence", [[0.0], [1.0], [float("nan")], 0.5])
def test_a_prevalence_out_of_range_is_refused(prevalence: object) -> None:
    with pytest.raises(DataError, match="prevalence"):
        base_rate([0, 1], [0.1, 0.9], threshold=0.5, prevalence=prevalence)  # type: ignore[arg-type]
