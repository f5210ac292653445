import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from garrison.errors import SettingsError
from garrison.monitoring.sketches import QuantileSketch


def worst_rank_error(sketch: QuantileSketch, values: np.ndarray) -> float:
    """The largest difference between a rank by the sketch and the true one, over all values."""
    kept, weights = sketch.weighted()
    ordered = np.sort(values)
    distinct = np.unique(values)
    cumulated = np.concatenate([[0], np.cumsum(weights)])
    worst = 0.0
    for side in ("left", "right"):
        by_sketch = cumulated[np.searchsorted(kept, distinct, side)]
        truth = np.searchsorted(ordered, distinct, side)
        worst = max(worst, float(np.abs(by_sketch - truth).max()))
    return worst


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(-50, 50), min_size=1, max_size=300), min_size=1, max_size=12),
    st.sampled_from([8, 16, 64]),
)
def test_no_rank_is_further_off_than_the_sketch_says(parts: list[list[int]], size: int) -> None:
    sketch = QuantileSketch(size=size)
    for part in parts:
        sketch.add(np.array(part))
    values = np.concatenate([np.array(part, float) for part in parts])
    assert sketch.count == len(values) == int(sketch.weighted()[1].sum())
    assert worst_rank_error(sketch, values) <= sketch.rank_error


@pytest.mark.parametrize("order", ["random", "rising", "falling"])
def test_a_million_values_take_little_memory_and_stay_within_a_thousandth(order: str) -> None:
    values = np.random.default_rng(0).lognormal(size=1_000_000)
    if order != "random":
        values = np.sort(values)[:: 1 if order == "rising" else -1]
    sketch = QuantileSketch()
    for start in range(0, len(values), 65_536):
        sketch.add(values[start : start + 65_536])
    assert sketch.rank_error < 0.001 * len(values)
    assert worst_rank_error(sketch, values) <= sketch.rank_error
    assert len(sketch.weighted()[0]) < 40_000
    for share in (0.01, 0.5, 0.99):
        assert abs((values <= sketch.quantile(share)).mean() - share) < 0.002


def test_few_values_are_kept_exactly() -> None:
    sketch = QuantileSketch()
    sketch.add(np.array([3.0, 1.0, 1.0]))
    sketch.add(np.array([2.0]))
    values, weights = sketch.weighted()
    assert values.tolist() == [1, 2, 3]
    assert weights.tolist() == [2, 1, 1]
    assert sketch.rank_error == 0


def test_two_sketches_add_up() -> None:
    rng = np.random.default_rng(1)
    one, two = QuantileSketch(size=128), QuantileSketch(size=128)
    values = rng.normal(size=(2, 50_000))
    one.add(values[0])
    two.add(values[1])
    one.merge(two)
    assert one.count == 100_000
    assert worst_rank_error(one, values.ravel()) <= one.rank_error < 3_000


def test_equal_values_give_equal_sketches() -> None:
    sketches = []
    for _ in range(2):
        sketch = QuantileSketch(size=32)
        for start in range(0, 10_000, 333):
            sketch.add(np.sin(np.arange(start, start + 333.0)))
        sketches.append(sketch.weighted())
    assert np.array_equal(sketches[0][0], sketches[1][0])
    assert np.array_equal(sketches[0][1], sketches[1][1])


def test_an_odd_size_is_refused() -> None:
    with pytest.raises(SettingsError, match="7 values"):
        QuantileSketch(size=7)
