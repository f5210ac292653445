"""Which inputs an encrypted model is given: each costs the one who encrypts, so that their number is bounded."""

import numpy as np

from garrison.detection.families.base import Floats, Lesson, Params
from garrison.detection.families.bounded_encoding import BoundedEncoding
from garrison.detection.families.linear_fit import fit_linear, logistic_loss

INPUTS: Params = {"one_hot_levels": 10, "knots": 33, "most_inputs": 64}
"""What every family of polynomial models takes: up to how many distinct values a column is taken apart, the quantiles
of one that has more, and the most inputs of a row."""

PILOT_ROWS = 30_000
PILOT_ITERATIONS = 60


def chosen_encoding(lesson: Lesson) -> tuple[BoundedEncoding, Floats]:
    """The encoding of a lesson, with at most ``most_inputs`` inputs, and its rows as float64 ``(n, inputs)``.

    Where there are more, those stay that move a logistic regression on up to ``PILOT_ROWS`` of the rows the most: by
    the size of their weight times their standard deviation.
    """
    most = lesson.params["most_inputs"]
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise ValueError(f"most_inputs is {most!r}, not a number from 1")
    whole = BoundedEncoding.of(
        lesson.X, most_levels=lesson.params["one_hot_levels"], knots=lesson.params["knots"]
    )
    if whole.inputs <= most:
        return whole, whole.apply(lesson.X)
    draw = np.random.default_rng(np.random.SeedSequence([lesson.seed, 2]))
    some = np.sort(draw.permutation(len(lesson.X))[:PILOT_ROWS])
    rows = whole.apply(lesson.X[some])
    weights = None if lesson.weights is None else lesson.weights[some]
    w, _ = fit_linear(rows, lesson.y[some], weights, loss=logistic_loss, C=1.0, iterations=PILOT_ITERATIONS)
    moves = np.abs(w) * rows.std(axis=0)
    chosen = np.sort(np.argsort(-moves, kind="stable")[:most])
    encoding = whole.only(chosen)
    return encoding, encoding.apply(lesson.X)
