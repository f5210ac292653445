"""Linear models over bounded inputs, found by L-BFGS: one convex loss, its slope, and an L2 penalty."""

from collections.abc import Callable

import numpy as np

from garrison.detection.families.base import Bools, Floats

Loss = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""Of margins and signs (1 or -1), each ``(n,)``: each row's loss, and how it changes with the margin."""


def logistic_loss(margins: Floats, signs: Floats) -> tuple[Floats, Floats]:
    """``log(1 + exp(-sign * margin))``.

    >>> loss, slope = logistic_loss(np.array([0.0]), np.array([1.0]))
    >>> round(float(loss[0]), 4), float(slope[0])
    (0.6931, -0.5)
    """
    from scipy.special import expit

    return np.logaddexp(0.0, -signs * margins), -signs * expit(-signs * margins)


def squared_hinge(margins: Floats, signs: Floats) -> tuple[Floats, Floats]:
    """``max(0, 1 - sign * margin) ** 2``: the smooth loss of a support vector machine.

    >>> loss, slope = squared_hinge(np.array([0.5, 2.0]), np.array([1.0, -1.0]))
    >>> loss.tolist(), slope.tolist()
    ([0.25, 9.0], [-1.0, 6.0])
    """
    short = np.maximum(0.0, 1.0 - signs * margins)
    return short**2, -2.0 * signs * short


def fit_linear(
    rows: Floats, y: Bools, weights: Floats | None, *, loss: Loss, C: float, iterations: int
) -> tuple[Floats, float]:
    """The weights ``(d,)`` and the bias that make the weighted losses plus ``|w|^2 / 2C`` least.

    ``rows`` float64 ``(n, d)``. ``ValueError`` for ``C`` or ``iterations`` that are not above 0. Equal arguments give
    equal numbers.
    """
    from scipy.optimize import minimize

    if not np.isfinite(C) or C <= 0:
        raise ValueError(f"C is {C!r}, not a number above 0")
    if isinstance(iterations, bool) or not isinstance(iterations, int) or iterations < 1:
        raise ValueError(f"iterations is {iterations!r}, not a number from 1")
    signs = np.where(y, 1.0, -1.0)
    counts = np.ones(len(rows)) if weights is None else weights
    total = float(counts.sum())

    def objective(w: Floats) -> tuple[float, Floats]:
        each, slope = loss(rows @ w[:-1] + w[-1], signs)
        back = counts * slope
        value = float(counts @ each) + float(w[:-1] @ w[:-1]) / (2 * C)
        down = np.append(back @ rows + w[:-1] / C, back.sum())
        return value / total, down / total

    found = minimize(
        objective,
        np.zeros(rows.shape[1] + 1),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": iterations, "gtol": 1e-7, "ftol": 1e-12},
    )
    w: Floats = found.x
    return w[:-1], float(w[-1])
