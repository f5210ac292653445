import itertools

import numpy as np
import pytest

from garrison.monitoring.bins import part_edges
from garrison.monitoring.cells import NumberCounts, Numbers
from garrison.monitoring.number_sketch import NumberSketch


def sketched(values: np.ndarray) -> Numbers:
    sketch = NumberSketch()
    for start in range(0, len(values), 10_000):
        sketch.add(values[start : start + 10_000])
    return sketch.numbers()


def test_a_column_of_few_values_is_known_exactly() -> None:
    values = np.array([0.0] * 70 + [5.0] * 20 + [7.0] * 10)
    numbers = sketched(values)
    assert numbers.cells().tolist() == [0, 70, 0, 20, 0, 10, 0]
    assert numbers.mean == pytest.approx(values.mean())
    assert numbers.spread == pytest.approx(values.std())


def test_cut_points_divide_a_column_into_equal_parts_and_hold_its_extremes() -> None:
    values = np.random.default_rng(0).lognormal(size=200_000)
    numbers = sketched(values)
    assert len(numbers.cuts) <= 257
    assert (numbers.cuts[0], numbers.cuts[-1]) == (values.min(), values.max())
    assert np.diff(numbers.upto).max() <= 200_000 / 256 + 2 * numbers.rank_error + 32
    truth = np.searchsorted(np.sort(values), numbers.cuts, "right")
    assert np.abs(numbers.upto - truth)[1:-1].max() <= numbers.rank_error


def test_a_value_that_many_rows_share_keeps_its_share() -> None:
    rng = np.random.default_rng(0)
    values = np.where(rng.random(100_000) < 0.3, 443.0, rng.uniform(0, 65_535, 100_000))
    numbers = sketched(values)
    place = int(np.searchsorted(numbers.cuts, 443.0))
    assert numbers.cuts[place] == 443.0
    share = (numbers.upto[place] - numbers.below[place]) / numbers.rows
    assert share == pytest.approx((values == 443.0).mean(), abs=0.002)


def test_what_is_no_number_is_missing() -> None:
    numbers = sketched(np.array([1.0, np.nan, np.inf, -np.inf, 2.0]))
    assert (numbers.rows, numbers.missing, numbers.cuts.tolist()) == (2, 3, [1, 2])
    counts = NumberCounts(numbers.cuts)
    counts.add(np.array([np.nan, -np.inf, 1.0, np.inf]))
    assert (counts.rows, counts.missing) == (1, 3)


def test_counts_by_part_add_up_to_those_of_the_whole() -> None:
    values = np.random.default_rng(2).normal(size=5_000)
    reference = sketched(values)
    whole, parts = NumberCounts(reference.cuts), NumberCounts(reference.cuts)
    now = np.random.default_rng(3).normal(0.3, 2, size=4_000)
    now[::50] = np.nan
    whole.add(now)
    for part in np.array_split(now, 7):
        other = NumberCounts(reference.cuts)
        other.add(part)
        parts.merge(other)
    one, two = whole.numbers(), parts.numbers()
    assert np.array_equal(one.cells(), two.cells())
    assert (one.rows, one.missing) == (two.rows, two.missing)
    assert [one.mean, one.spread, *one.sums] == pytest.approx([two.mean, two.spread, *two.sums])
    assert one.sums.sum() == pytest.approx(np.nansum(now))
    assert one.mean == pytest.approx(np.nanmean(now))
    assert one.spread == pytest.approx(np.nanstd(now))
    with pytest.raises(ValueError, match="other cut points"):
        whole.merge(NumberCounts(np.array([0.0])))


def test_the_largest_numbers_are_cut_so_that_nothing_overflows() -> None:
    numbers = sketched(np.array([1e308, -1e308, 0.0] * 100))
    assert np.isfinite(numbers.spread)
    assert numbers.cuts.tolist() == [-1e140, 0, 1e140]


def test_an_empty_column_has_no_cut_points() -> None:
    numbers = sketched(np.array([np.nan, np.nan]))
    assert (numbers.rows, numbers.missing, numbers.missing_share) == (0, 2, 1.0)
    counts = NumberCounts(numbers.cuts)
    counts.add(np.array([1.0, 2.0]))
    assert (counts.rows, counts.numbers().cells().tolist()) == (2, [2])


@pytest.mark.parametrize("seed", range(5))
def test_parts_of_a_range_hold_a_tenth_each_and_leave_nothing_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = (
        np.where(rng.random(20_000) < 0.4, 0.0, rng.exponential(size=20_000))
        if seed % 2
        else rng.normal(size=9_000)
    )
    numbers = sketched(values)
    groups = numbers.tenths
    held = np.add.reduceat(numbers.cells(), groups)
    assert held.sum() == numbers.rows
    assert len(groups) <= 12
    assert (held > 0).all()
    assert sorted(held)[:-1]
    assert max(sorted(held)[:-1]) <= numbers.rows * 0.12
    edges = part_edges(numbers.cuts, groups)
    assert edges[0][0] == numbers.cuts[0]
    assert edges[-1][1] == numbers.cuts[-1]
    assert all(one[1] <= two[1] for one, two in itertools.pairwise(edges))


@pytest.mark.parametrize(
    "change", [{"below": [5.0, 1.0]}, {"cuts": [1.0, 1.0]}, {"rows": -1}, {"upto": [1.0]}]
)
def test_facts_that_cannot_be_are_refused(change: dict[str, object]) -> None:
    good = sketched(np.array([1.0, 2.0])).to_dict()
    assert Numbers.from_dict(good).to_dict() == good
    with pytest.raises(ValueError):  # noqa: PT011 (any reason will do)
        Numbers.from_dict({**good, **change})
