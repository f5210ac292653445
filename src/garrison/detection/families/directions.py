"""Which way a score may go with each input: what the families that take monotone constraints share."""

from collections.abc import Sequence

from garrison.detection.families.base import Lesson, Params

MONOTONE = "monotone"
"""The parameter by which a family is told, for each input, that the score never falls with it (1), never rises (-1), or
may do either (0); an empty list: any input may do either."""

FREE: Params = {MONOTONE: []}


def directions(lesson: Lesson) -> list[int]:
    """The direction of each input of a lesson, 0 for all where none is told; ``ValueError`` when they do not fit.

    >>> import numpy as np
    >>> directions(Lesson(np.zeros((2, 3)), np.array([True, False]), None, {"monotone": [1, 0, -1]}, 0, 1))
    [1, 0, -1]
    """
    given = lesson.params[MONOTONE]
    width = lesson.X.shape[1]
    if not isinstance(given, list | tuple) or any(
        isinstance(way, bool) or way not in (-1, 0, 1) for way in given
    ):
        raise ValueError("monotone is no list of -1, 0 and 1")
    if given and len(given) != width:
        raise ValueError(f"monotone has {len(given)} directions, the rows have {width} features")
    return [int(way) for way in given] or [0] * width


def for_inputs(params: Params, before: Sequence[str], names: Sequence[str]) -> Params:
    """The parameters of a family whose inputs were called ``before``, for inputs ``names``: directions go along.

    A new input is free. Parameters of a family within a family are looked at too.

    >>> for_inputs({"monotone": [1, 0]}, ("bytes", "port"), ("port", "new", "bytes"))
    {'monotone': [0, 0, 1]}
    """
    known = params.get(MONOTONE)
    found = {
        name: for_inputs(value, before, names) if isinstance(value, dict) else value
        for name, value in params.items()
    }
    if isinstance(known, list | tuple) and len(known) == len(before):
        ways = dict(zip(before, known, strict=True))
        found[MONOTONE] = [ways.get(name, 0) for name in names]
    return found
