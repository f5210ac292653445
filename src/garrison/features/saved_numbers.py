"""Numbers as they come back from a saved processor: finite, and as many as there should be."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def finite(value: Any) -> float:
    """The value as a number; ``ValueError`` or ``TypeError`` when it is none, or infinite, or NaN."""
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is not a finite number")
    return number


def vector(values: Iterable[Any], width: int) -> NDArray[np.float64]:
    """``width`` finite numbers, shape (width,); ``ValueError`` when there are more or fewer."""
    numbers = np.array([finite(value) for value in values], dtype=np.float64)
    if numbers.shape != (width,):
        raise ValueError(f"{len(numbers)} numbers where {width} belong")
    return numbers
