"""Every statistic against an oracle that looks at the values themselves."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from garrison.monitoring import statistics
from garrison.monitoring.categories import Categories, CategoryCounts, kept_categories
from garrison.monitoring.cells import NumberCounts, Numbers
from garrison.monitoring.number_sketch import NumberSketch
from garrison.monitoring.sketches import FrequencySketch
from garrison.monitoring.statistics import (
    CATEGORY,
    CHI_SQUARE,
    JENSEN_SHANNON,
    KOLMOGOROV_SMIRNOV,
    NUMERIC,
    OUTSIDE,
    PSI,
    WASSERSTEIN,
)


def numbers(reference: np.ndarray, current: np.ndarray) -> tuple[Numbers, Numbers]:
    sketch = NumberSketch()
    sketch.add(reference)
    old = sketch.numbers()
    counts = NumberCounts(old.cuts)
    counts.add(current)
    return old, counts.numbers()


def categories(reference: list[str], current: list[str]) -> tuple[Categories, Categories]:
    sketch = FrequencySketch()
    sketch.add(pa.array(reference))
    old = kept_categories(sketch, 0)
    counts = CategoryCounts(tuple(old.counts))
    counts.add(pa.array(current))
    return old, counts.categories()


def drawn(kind: str, shift: float, seed: int, size: int = 20_000) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if kind == "normal":
        return rng.normal(shift, 1, size)
    if kind == "skewed":
        return rng.lognormal(shift, 1, size)
    return rng.poisson(3 + 3 * shift, size).astype(float)


SAMPLES = [(kind, shift) for kind in ("normal", "skewed", "counts") for shift in (0.0, 0.2, 1.0)]


@pytest.mark.parametrize(("kind", "shift"), SAMPLES)
def test_ks_is_that_of_the_values(kind: str, shift: float) -> None:
    one, two = drawn(kind, 0, 1), drawn(kind, shift, 2)
    found = KOLMOGOROV_SMIRNOV.measure(*numbers(one, two))
    truth = stats.ks_2samp(one, two)
    assert found.value <= truth.statistic + 0.002
    assert found.value == pytest.approx(truth.statistic, abs=1 / 256 + 0.002)
    assert found.p is not None
    assert (found.p < 1e-6) == (truth.pvalue < 1e-6)


@pytest.mark.parametrize(("kind", "shift"), SAMPLES)
def test_wasserstein_is_that_of_the_values(kind: str, shift: float) -> None:
    one, two = drawn(kind, 0, 1), drawn(kind, shift, 2)
    found = WASSERSTEIN.measure(*numbers(one, two)).value
    assert found == pytest.approx(stats.wasserstein_distance(one, two) / one.std(), abs=0.01)


def test_wasserstein_counts_how_far_values_lie_outside() -> None:
    one, two = np.arange(100.0), np.full(50, 1_000.0)
    found = WASSERSTEIN.measure(*numbers(one, two)).value
    assert found == pytest.approx(stats.wasserstein_distance(one, two) / one.std(), rel=1e-9)
    assert WASSERSTEIN.measure(*numbers(np.ones(9), np.ones(9))).value == 0
    assert WASSERSTEIN.measure(*numbers(np.ones(9), np.full(9, 2.0))).value == pytest.approx(2.0)


@pytest.mark.parametrize(("kind", "shift"), SAMPLES)
def test_psi_is_that_of_tenths(kind: str, shift: float) -> None:
    one, two = drawn(kind, 0, 1), drawn(kind, shift, 2)
    found = PSI.measure(*numbers(one, two)).value
    edges = np.unique(np.quantile(one, np.linspace(0.1, 0.9, 9)))
    p, q = (
        np.bincount(np.searchsorted(edges, side), minlength=len(edges) + 1) / len(side) for side in (one, two)
    )
    assert found == pytest.approx(float(((q - p) * np.log(q / p)).sum()), rel=0.25, abs=0.01)


@pytest.mark.parametrize("weights", [(5, 3, 2), (4, 3, 3), (1, 1, 8)])
def test_categories_are_compared_as_scipy_does(weights: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(0)
    shares = np.array(weights) / sum(weights)
    one = rng.choice(["tcp", "udp", "icmp"], 5_000, p=[0.5, 0.3, 0.2]).tolist()
    two = rng.choice(["tcp", "udp", "icmp"], 4_000, p=shares).tolist()
    sides = categories(one, two)
    table = np.array([[Counter(side)[name] for name in ("tcp", "udp", "icmp")] for side in (one, two)])
    assert JENSEN_SHANNON.measure(*sides).value == pytest.approx(jensenshannon(*table, base=2))
    found = CHI_SQUARE.measure(*sides)
    assert found.p == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)
    assert 0 <= found.value <= 1


def test_new_values_are_a_share() -> None:
    sides = categories(["a"] * 90 + ["rare", "rarer"] * 5, ["a"] * 80 + ["new"] * 20)
    assert sides[0].counts == {"a": 90, "rare": 5, "rarer": 5}
    assert OUTSIDE.measure(*sides).value == pytest.approx(0.2)
    assert sides[1].outside == (("new", 20),)
    assert OUTSIDE.measure(*categories(["a"] * 96 + ["x", "y", "z", "w"], ["a"] * 97 + ["u"] * 3)).value == 0


@pytest.mark.parametrize("statistic", [*NUMERIC, *CATEGORY], ids=lambda each: each.name)
def test_nothing_has_moved_between_a_column_and_itself(statistic: statistics.Statistic) -> None:  # type: ignore[type-arg]
    sides = (
        numbers(drawn("skewed", 0, 1, 3_000), drawn("skewed", 0, 1, 3_000))
        if statistic.of == "numeric"
        else categories(["a", "b", "b"] * 50, ["a", "b", "b"] * 50)
    )
    found = statistic.measure(*sides)
    assert found.value == pytest.approx(0, abs=1e-6)
    assert found.p is None or found.p == pytest.approx(1)
    assert statistic.least > 0
    assert statistic.title


def test_every_statistic_is_exported_once() -> None:
    names = [each.name for each in (*NUMERIC, *CATEGORY)]
    assert len(names) == len(set(names)) == 6
    assert all(each.of == "numeric" for each in NUMERIC)
    assert all(each.of == "category" for each in CATEGORY)
