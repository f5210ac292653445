"""Intervals against scipy, by their coverage, and by their seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from garrison.errors import DataError, SchemaError
from garrison.evaluation import METRICS, bootstrap_interval, intervals, mean_interval, metric, paired_gain


def sample(rows: int, seed: int, *, gap: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    y = np.arange(rows) % 2 == 0
    return y, 1 / (1 + np.exp(-generator.normal(np.where(y, gap, -gap))))


@pytest.mark.parametrize("name", [*METRICS, "recall@fpr=0.1"])
def test_the_interval_is_that_of_samples_drawn_one_by_one(name: str) -> None:
    y, p = sample(60, 1)
    groups = np.repeat(np.arange(20), 3)
    found = bootstrap_interval(name, y, p, groups=groups, repeats=40, seed=7)
    generator = np.random.default_rng(7)
    values = []
    for _ in range(40):
        rows = np.concatenate([np.flatnonzero(groups == group) for group in generator.integers(20, size=20)])
        values.append(metric(name)(y[rows], p[rows]))
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(values, [0.025, 0.975])), abs=1e-12)
    assert found.value == metric(name)(y, p)
    assert "20 groups" in found.method


def test_equal_seeds_give_equal_intervals_whatever_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    y, p = sample(50, 2)
    whole = bootstrap_interval("auc", y, p, repeats=100, seed=3)
    assert whole == bootstrap_interval("auc", y, p, repeats=100, seed=3)
    assert whole != bootstrap_interval("auc", y, p, repeats=100, seed=4)
    monkeypatch.setattr(intervals, "CELLS_AT_ONCE", 120)
    assert whole == bootstrap_interval("auc", y, p, repeats=100, seed=3)


def test_the_interval_agrees_with_scipy() -> None:
    y, p = sample(300, 5)

    def accuracy(rows: np.ndarray) -> float:
        return float(((p[rows] >= 0.5) == y[rows]).mean())

    peer = stats.bootstrap(
        (np.arange(300),),
        accuracy,
        vectorized=False,
        method="percentile",
        n_resamples=2000,
        rng=np.random.default_rng(1),
    ).confidence_interval
    found = bootstrap_interval("accuracy", y, p, repeats=2000, seed=2)
    assert (found.low, found.high) == pytest.approx((peer.low, peer.high), abs=0.01)


def test_coverage_is_near_its_level_with_grouped_rows() -> None:
    covered = alone = 0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        right = np.repeat(generator.random(60) < 0.8, 5)
        y = np.tile([True, False], 150)
        p = np.where(right == y, 0.9, 0.1)
        groups = np.repeat(np.arange(60), 5)
        grouped = bootstrap_interval("accuracy", y, p, groups=groups, repeats=200, seed=seed)
        rowwise = bootstrap_interval("accuracy", y, p, repeats=200, seed=seed)
        covered += grouped.low <= 0.8 <= grouped.high
        alone += rowwise.low <= 0.8 <= rowwise.high
    assert 0.88 <= covered / 200 <= 0.99
    assert alone / 200 < 0.8


@given(values=st.lists(st.floats(-1, 1), min_size=2, max_size=10), level=st.sampled_from([0.8, 0.95]))
@settings(max_examples=50)
def test_the_mean_interval_is_students(values: list[float], level: float) -> None:
    found = mean_interval(values, level=level)
    reach = stats.t.ppf((1 + level) / 2, len(values) - 1) * stats.sem(values)
    assert (found.low, found.high) == pytest.approx(
        (np.mean(values) - reach, np.mean(values) + reach), abs=1e-9
    )


def test_the_interval_of_a_metric_ends_where_the_metric_does() -> None:
    values = [0.9, 1.0, 1.0]
    reach = mean_interval(values).high - mean_interval(values).value
    assert mean_interval(values).high > 1
    for name in ("auc", "recall@fpr=0.01", "ece"):
        found = mean_interval(values, metric=name)
        assert (found.high, found.low) == (1.0, found.value - reach)
    assert mean_interval([0.0, 0.1, 0.0], metric="recall").low == 0
    assert mean_interval([0.0, 3.0], metric="log_loss").low == 0
    assert mean_interval([0.0, 3.0], metric="log_loss").high > 3


def test_a_gain_has_the_sign_of_better_for_every_metric() -> None:
    y, old = sample(400, 8, gap=0.3)
    new = np.clip(old + np.where(y, 0.3, -0.3), 0, 1)
    for name in [*METRICS, "recall@fpr=0.1"]:
        if name == "ece":
            continue
        gain = paired_gain(name, y, new, old, repeats=100, seed=1)
        assert gain.value > 0, name
        assert gain.low > 0, name
        assert paired_gain(name, y, old, new, repeats=100, seed=1).value == pytest.approx(-gain.value)


def test_a_paired_gain_is_narrower_than_two_intervals() -> None:
    y, old = sample(400, 9)
    new = np.clip(old + np.where(y, 0.02, -0.02), 0, 1)
    gain = paired_gain("brier", y, new, old, repeats=200)
    alone = bootstrap_interval("brier", y, new, repeats=200)
    assert gain.high - gain.low < (alone.high - alone.low) / 2


def test_a_model_gains_nothing_over_itself() -> None:
    y, p = sample(100, 10)
    gain = paired_gain("f1", y, p, p, groups=np.arange(100) // 2, repeats=50)
    assert (gain.value, gain.low, gain.high) == (0, 0, 0)


def test_samples_that_lack_a_class_are_left_out_unless_they_are_most() -> None:
    y = np.array([True] + [False] * 9)
    p = np.linspace(1, 0, 10)
    found = bootstrap_interval("auc", y, p, groups=["a", *"bbbbcccc", "c"], repeats=100)
    assert (found.low, found.high) == (1.0, 1.0)
    with pytest.raises(DataError, match="55 of 100 bootstrap samples lack one of the classes"):
        bootstrap_interval("auc", y, p, groups=["a", *"bbbbbbbbb"], repeats=100)


@pytest.mark.parametrize("values", [[], [0.5], [0.5, float("nan")], [[0.1, 0.2]]])
def test_too_few_values_are_refused(values: list[float]) -> None:
    with pytest.raises(DataError, match="an interval of these values"):
        mean_interval(values)


def test_wrong_arguments_are_refused() -> None:
    y, p = sample(10, 0)
    with pytest.raises(DataError, match="confidence level"):
        bootstrap_interval("auc", y, p, level=95)
    with pytest.raises(DataError, match="bootstrap samples"):
        bootstrap_interval("auc", y, p, repeats=1)
    with pytest.raises(DataError, match="groups have shape"):
        bootstrap_interval("auc", y, p, groups=[1, 2])
    with pytest.raises(SchemaError):
        bootstrap_interval("auc", np.ones(10), p)
