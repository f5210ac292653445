"""The same steps in the clear: what encrypted training is held against."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from garrison.detection.circuit import Floats
from garrison.encrypted.training.plan import Plan


def plain_steps(
    plan: Plan,
    rows: Floats,
    y: NDArray[np.bool_],
    *,
    steps: int,
    sigmoid: Callable[[Floats], Floats] | None = None,
    weights: Floats | None = None,
) -> Floats:
    """The weights ``(inputs,)`` after so many ``steps`` on rows ``(n, inputs - 1)`` and labels ``(n,)``.

    ``sigmoid`` is the plan's cubic where none is given. From ``weights``, or from zero.

    >>> plan = Plan(rows=2, inputs=2, steps=1)
    >>> plain_steps(plan, np.array([[1.0], [-1.0]]), np.array([True, False]), steps=1)
    array([1., 0.])
    """
    curve = plan.sigmoid if sigmoid is None else sigmoid
    seen = np.column_stack([rows, np.ones(len(rows))])
    found = np.zeros(plan.inputs) if weights is None else weights.copy()
    for _ in range(steps):
        found -= plan.rate / plan.rows * (curve(seen @ found) - y) @ seen
    return found
