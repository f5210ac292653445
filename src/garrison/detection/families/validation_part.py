"""Early stopping: which rows of a lesson are kept aside to see when more learning brings nothing."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from garrison.data.row_codes import combine_codes
from garrison.detection.families.base import Bools, Floats, Lesson, Params
from garrison.errors import DataError

PARAMETERS: Params = {"early_stopping": 0, "validation_share": 0.1}
"""What families that can stop early take: the rounds without gain after which they do (0: never), and the share of
rows that is kept aside for it."""


def split_lesson(lesson: Lesson) -> tuple[Lesson, Lesson | None]:
    """What of a lesson is learnt, and what is kept aside; None where it asks for no early stopping.

    Drawn from the lesson's seed: rows of equal features stand on one side, and both classes are on both sides, in
    nearly the same shares. Raises ``DataError`` where that cannot be done.
    """
    rounds, share = (lesson.params[name] for name in PARAMETERS)
    if isinstance(rounds, bool) or not isinstance(rounds, int) or rounds < 0:
        raise ValueError(f"early_stopping is {rounds!r}, not a number of rounds from 0")
    if not rounds:
        return lesson, None
    aside = kept_aside(lesson.X, lesson.y, share=share, seed=lesson.seed)
    return rows_of(lesson, ~aside), rows_of(lesson, aside)


def rows_of(lesson: Lesson, chosen: Bools) -> Lesson:
    """The lesson with the ``chosen`` rows, bool ``(n,)``, alone."""
    weights = None if lesson.weights is None else lesson.weights[chosen]
    return replace(lesson, X=lesson.X[chosen], y=lesson.y[chosen], weights=weights)


def kept_aside(X: Floats, y: Bools, *, share: float, seed: int) -> Bools:
    """Which rows to keep aside, bool ``(n,)``: about ``share`` of each class, no two equal rows on different sides.

    >>> X = np.arange(20.0).reshape(10, 2) // 4
    >>> aside = kept_aside(X, np.arange(10) % 4 < 2, share=0.4, seed=0)
    >>> int(aside.sum())
    4
    """
    if not 0 < share < 1:
        raise ValueError(f"validation_share is {share!r}, not a number between 0 and 1")
    groups = combine_codes([np.unique(column, return_inverse=True)[1].ravel() for column in X.T], rows=len(X))
    sizes = np.bincount(groups)
    positive = np.bincount(groups, weights=y)
    kind = np.where(positive == 0, 0, np.where(positive == sizes, 2, 1))
    draw = np.random.default_rng(np.random.SeedSequence([seed, 1]))
    order = draw.permutation(len(sizes))
    chosen = np.zeros(len(sizes), dtype=np.bool_)
    for each in range(3):
        of_kind = order[kind[order] == each]
        chosen[_up_to(share, of_kind, sizes)] = True
    aside: Bools = chosen[groups]
    for side in (aside, ~aside):
        if not side.any() or y[side].all() or not y[side].any():
            raise DataError(
                "no part of the rows can be kept aside for early stopping",
                where=f"{len(X):,} rows, {len(sizes):,} of them different",
                expected="several different rows of each class",
                remedy="use more data, or early_stopping: 0",
            )
    return aside


def _up_to(share: float, groups: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first of ``groups`` whose rows come closest to ``share`` of all; at least one, and not all, of several."""
    if len(groups) < 2:
        return groups[:0]
    so_far = np.cumsum(sizes[groups])
    count = int(np.argmin(np.abs(so_far - share * so_far[-1]))) + 1
    return groups[: min(count, len(groups) - 1)]
