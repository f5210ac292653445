"""Splits that respect time: what is learnt from lies before what is tested on."""

import numpy as np
from numpy.typing import NDArray

from garrison.data.splits import Labels, Split
from garrison.errors import DataError

Times = NDArray[np.int64]


def split_at_time(labels: Labels, times: Times, *, test_share: float) -> Split:
    """The last ``test_share`` of the rows as the test side, all rows of one moment on one side.

    ``labels`` bool and ``times`` int64 (any unit, rising with time) have shape (n,). ``DataError`` when a side would
    lack a class, as where all attacks lie in one stretch of time.

    >>> split_at_time(np.array([True, False, True, False]), np.array([10, 20, 30, 40]), test_share=0.5).test
    array([2, 3])
    """
    if not 0 < test_share < 1:
        raise DataError(f"the test share {test_share} is out of range", expected="a number between 0 and 1")
    if labels.shape != times.shape or labels.ndim != 1:
        raise DataError("labels and times do not belong together", where=f"{labels.shape} and {times.shape}")
    ranked = np.sort(times)
    first = (
        ranked[int(np.clip(round((1 - test_share) * len(ranked)), 0, len(ranked) - 1))] if len(ranked) else 0
    )
    later = times >= first
    for name, side in (("before", ~later), ("after", later)):
        if not side.any() or labels[side].all() or not labels[side].any():
            raise DataError(
                "the rows cannot be split in time: one side would have rows of one class only",
                where=f"{int(side.sum()):,} rows {name} the moment {int(first)}",
                expected="attacks and benign events before and after it",
                remedy="choose another test share (ingestion.test_share), or split by groups "
                "(--set ingestion.split=groups)",
            )
    return Split(train=np.flatnonzero(~later), test=np.flatnonzero(later))
