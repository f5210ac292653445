"""Columns made of two others, in numbers: after what is missing was filled, and before scaling."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from garrison.data.combined_spec import Combined

Floats = NDArray[np.float64]


def combine(how: str, left: Floats, right: Floats) -> Floats:
    """``left`` and ``right``, finite float64 of one shape, as one; see ``Combined``.

    >>> combine("share", np.array([1.0, 0.0]), np.array([3.0, 0.0])).tolist()
    [0.25, 0.0]
    """
    return _WAYS[how](np.asarray(left, np.float64), np.asarray(right, np.float64))


def combine_two(how: str, left: float, right: float) -> float:
    """As ``combine`` for one row, without an array around it; the numbers are the same to the last bit."""
    if how == "share":
        whole = left + right
        return left / whole if whole else 0.0
    return left - right


def combined_columns(combined: tuple[Combined, ...], columns: Mapping[str, Floats]) -> list[Floats]:
    """The columns ``combined``, made of ``columns`` by name."""
    return [combine(each.how, columns[each.left], columns[each.right]) for each in combined]


def _share(left: Floats, right: Floats) -> Floats:
    whole = left + right
    return np.divide(left, whole, out=np.zeros_like(whole), where=whole != 0)


def _difference(left: Floats, right: Floats) -> Floats:
    return left - right


_WAYS: dict[str, Callable[[Floats, Floats], Floats]] = {"share": _share, "difference": _difference}
