"""Folds by time: the past on one side, what came next on the other, no moment on both."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from garrison.data.splits_by_time import later_part, timed_folds
from garrison.errors import DataError


@given(
    times=st.lists(st.integers(-50, 50), min_size=1, max_size=80),
    folds=st.integers(1, 6),
    kind=st.sampled_from(["int", "float", "datetime"]),
)
def test_training_is_strictly_before_the_test(times: list[int], folds: int, kind: str) -> None:
    given_times: Any = np.array(times, dtype=np.float64 if kind == "float" else np.int64)
    if kind == "datetime":
        given_times = given_times.astype("datetime64[s]")
    if len(set(times)) < folds + 1:
        with pytest.raises(DataError, match="different times"):
            timed_folds(given_times, folds=folds)
        return
    found = timed_folds(given_times, folds=folds)
    assert len(found) == folds
    seen: set[int] = set()
    for train, test in found:
        assert len(train)
        assert len(test)
        assert given_times[train].max() < given_times[test].min()
        assert (np.diff(train) > 0).all()
        assert not seen & set(test.tolist())
        seen |= set(test.tolist())
    first_train, _ = found[0]
    assert len(seen) + len(first_train) == len(times)


def test_parts_are_nearly_equal_where_times_differ() -> None:
    times = np.random.default_rng(0).permutation(1000)
    sizes = [(len(train), len(test)) for train, test in timed_folds(times, folds=4)]
    assert sizes == [(200, 200), (400, 200), (600, 200), (800, 200)]


def test_a_burst_at_one_moment_stays_together() -> None:
    times = np.array([0, 1, *[2] * 96, 3, 4])
    for train, test in timed_folds(times, folds=3):
        assert not set(times[train]) & set(times[test])


def test_training_rows_that_come_again_in_the_test_are_left_out() -> None:
    times, groups = np.arange(6), np.array([0, 1, 2, 0, 3, 1])
    found = timed_folds(times, folds=2, groups=groups)
    assert [(train.tolist(), test.tolist()) for train, test in found] == [
        ([1], [2, 3]),
        ([0, 2, 3], [4, 5]),
    ]


def test_a_part_without_a_class_is_named() -> None:
    with pytest.raises(DataError, match="test part of a timed fold lacks a class") as found:
        timed_folds(np.arange(9), folds=2, labels=np.array([1, 0, 1, 0, 1, 0, 0, 0, 0], dtype=bool))
    assert found.value.where == "fold 2, 3 rows, 0 of them positive"


@pytest.mark.parametrize(
    "times", [np.array([1.0, np.nan, 2.0]), np.array(["2024-01-01", "NaT"], dtype="datetime64[s]")]
)
def test_missing_times_are_refused(times: Any) -> None:
    with pytest.raises(DataError, match="no time"):
        timed_folds(times, folds=1)


def test_the_latest_rows_are_kept_for_the_end() -> None:
    times = np.random.default_rng(0).integers(0, 500, 2000)
    early, late = later_part(times, share=0.2)
    assert times[early].max() < times[late].min()
    assert len(late) == pytest.approx(400, abs=10)
    with pytest.raises(DataError, match="out of range"):
        later_part(times, share=1.0)
