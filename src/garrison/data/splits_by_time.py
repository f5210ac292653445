"""Folds that train on the past and test on what came next, so that no model is judged on what it could look up."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.data.splits import Groups, Indices, Labels
from garrison.errors import DataError

Times = NDArray[Any]


def timed_folds(
    times: Times, *, folds: int, labels: Labels | None = None, groups: Groups | None = None
) -> list[tuple[Indices, Indices]]:
    """The (train, test) row numbers of each fold, ascending: windows that grow, each tested on the part after it.

    The rows, in the order of ``times`` (numbers or datetime64, shape ``(n,)``), are cut into ``folds + 1`` parts of
    nearly equal size; fold ``k`` trains on the first ``k`` and tests on the next. Rows of equal time are in one part.
    With ``groups``, a training row whose group also stands in the test part is left out of training. With ``labels``,
    both classes must be on both sides of every fold.

    Raises ``DataError`` when a time is missing, there are too few different times, or a side lacks a class.

    >>> for train, test in timed_folds(np.array([30, 10, 10, 20, 40, 50]), folds=2):
    ...     print(train, test)
    [1 2] [0 3]
    [0 1 2 3] [4 5]
    """
    if folds < 1:
        raise DataError(f"{folds} folds are too few", expected="at least 1")
    parts = _parts(times, folds + 1)
    found = []
    for fold in range(1, folds + 1):
        test = np.flatnonzero(parts == fold)
        train = np.flatnonzero(parts < fold)
        if groups is not None:
            train = train[~np.isin(groups[train], groups[test])]
        if labels is not None:
            _check_classes(labels, train, test, fold)
        found.append((train, test))
    return found


def later_part(times: Times, *, share: float) -> tuple[Indices, Indices]:
    """The row numbers, ascending, of the earlier and of the latest rows; the latter are about ``share`` of all.

    Rows of equal time stand on one side. Raises ``DataError`` as ``timed_folds`` does.

    >>> later_part(np.array([3, 1, 2, 2]), share=0.25)
    (array([1, 2, 3]), array([0]))
    """
    if not 0 < share < 1:
        raise DataError(f"the test share {share} is out of range", expected="a number between 0 and 1")
    late = _parts(times, 2, shares=[1 - share]) == 1
    return np.flatnonzero(~late), np.flatnonzero(late)


def _parts(times: Times, count: int, *, shares: list[float] | None = None) -> NDArray[np.int64]:
    """Which of ``count`` successive parts each row is in; cut at ``shares`` of the rows, else into equal ones."""
    if times.ndim != 1 or np.isnan(times).any():
        raise DataError(
            "a row has no time",
            where=f"times of shape {times.shape}",
            expected="a time for each row",
            remedy="leave rows without a time out, or split by group",
        )
    _, place, sizes = np.unique(times, return_inverse=True, return_counts=True)
    if len(sizes) < count:
        raise DataError(
            f"the rows cannot be cut into {count} parts by time",
            where=f"{len(times):,} rows, {len(sizes):,} different times",
            expected=f"at least {count} different times",
            remedy="ask for fewer folds, or split by group",
        )
    ends = np.cumsum(sizes)[:-1]
    cuts: list[int] = []
    for number in range(1, count):
        wanted = len(times) * (shares[number - 1] if shares else number / count)
        first, last = (cuts[-1] + 1 if cuts else 0), len(ends) - (count - 1 - number)
        cuts.append(first + int(np.argmin(np.abs(ends[first:last] - wanted))))
    part_of_time = np.zeros(len(sizes), dtype=np.int64)
    part_of_time[np.array(cuts) + 1] = 1
    return np.asarray(np.cumsum(part_of_time)[place.ravel()])


def _check_classes(labels: Labels, train: Indices, test: Indices, fold: int) -> None:
    for side, rows in (("training", train), ("test", test)):
        if not len(rows) or labels[rows].all() or not labels[rows].any():
            raise DataError(
                f"the {side} part of a timed fold lacks a class",
                where=f"fold {fold}, {len(rows):,} rows, {int(labels[rows].sum()):,} of them positive",
                expected="rows of both classes in every part",
                remedy="ask for fewer folds, or split by group",
            )
