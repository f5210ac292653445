"""Shares against published Wilson intervals and against the bootstrap of the metrics."""

import numpy as np
import pytest

from garrison.errors import DataError
from garrison.evaluation import bootstrap_interval, share_interval, wilson


@pytest.mark.parametrize(
    ("hits", "rows", "low", "high"),
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_is_as_published(hits: int, rows: int, low: float, high: float) -> None:
    found = wilson(hits / rows, rows)
    assert [round(float(end), 4) for end in found] == [low, high]


def test_wilson_takes_arrays_and_levels() -> None:
    narrow, wide = (wilson(np.array([0.2, 0.9]), np.array([10, 1000]), level=level) for level in (0.5, 0.99))
    assert (wide[0] < narrow[0]).all()
    assert (narrow[1] < wide[1]).all()


def test_the_bootstrap_over_groups_is_that_of_recall() -> None:
    generator = np.random.default_rng(0)
    groups = generator.integers(0, 40, size=900)
    hits = generator.random(900) < generator.random(40)[groups]
    ours = share_interval(hits, groups=groups, repeats=4000)
    y = np.r_[np.ones(900, bool), np.zeros(50, bool)]
    theirs = bootstrap_interval(
        "recall",
        y,
        np.r_[hits.astype(float), np.zeros(50)],
        groups=np.r_[groups, 40 + np.arange(50)],
        repeats=4000,
    )
    assert ours.value == theirs.value
    assert ours.low == pytest.approx(theirs.low, abs=0.02)
    assert ours.high == pytest.approx(theirs.high, abs=0.02)


def test_rows_that_are_each_a_group_of_their_own_stand_alone() -> None:
    hits = np.arange(10) < 7
    assert share_interval(hits, groups=np.arange(10)) == share_interval(hits)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(DataError, match="a share of rows"):
        share_interval([])
    with pytest.raises(DataError, match="bootstrap samples"):
        share_interval([True, False, True], groups=[0, 0, 1], repeats=1)
    with pytest.raises(DataError, match="confidence level"):
        wilson(0.5, 10, level=1)
