"""What labels and scores must be before anything is measured on them."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.errors import DataError, SchemaError

Labels = NDArray[np.bool_]
Scores = NDArray[np.float64]


def checked(y: ArrayLike, p: ArrayLike) -> tuple[Labels, Scores]:
    """Give labels as bool ``(n,)`` and scores as float64 ``(n,)``, or say why they cannot be measured.

    Labels are booleans, or numbers that are all 0 or 1; True is the positive (malicious) class. Scores are
    probabilities of the positive class in [0, 1].

    Raises:
        SchemaError: a label is neither 0 nor 1, or only one class is there.
        DataError: wrong shapes, no rows, or a score that is missing or outside [0, 1].

    >>> checked([0, 1], [0.2, 0.9])[0]
    array([False,  True])
    """
    labels = checked_labels(y)
    scores = np.asarray(p, dtype=np.float64)
    if scores.shape != labels.shape:
        raise DataError(
            f"{labels.size} labels came with scores of shape {scores.shape}",
            where="scores",
            expected=f"one score a label: shape ({labels.size},)",
        )
    if not np.isfinite(scores).all():
        row = int(np.flatnonzero(~np.isfinite(scores))[0])
        raise DataError(
            f"a score is {scores[row]}",
            where=f"row {row} of the scores",
            expected="a probability between 0 and 1",
            remedy="check the features of that row and the model that scored it",
        )
    if scores.min() < 0 or scores.max() > 1:
        row = int(np.flatnonzero((scores < 0) | (scores > 1))[0])
        raise DataError(
            f"a score is {scores[row]:g}",
            where=f"row {row} of the scores",
            expected="a probability between 0 and 1",
            remedy="turn margins or distances into probabilities first",
        )
    return labels, scores


def checked_labels(y: ArrayLike) -> Labels:
    """Give labels as bool ``(n,)`` with both classes present, or raise as ``checked`` does."""
    values = np.asarray(y)
    if values.ndim != 1 or values.size == 0:
        raise DataError(
            f"the labels have shape {values.shape}", where="labels", expected="a list of at least two labels"
        )
    if values.dtype != np.bool_:
        if not np.isin(values, (0, 1)).all():
            raise SchemaError(
                "a label is neither 0 nor 1", where="labels", expected="True or 1 for the positive class"
            )
        values = values.astype(np.bool_)
    if values.all() or not values.any():
        which = "positive" if values.all() else "negative"
        raise SchemaError(
            f"all {values.size} labels are {which}",
            where="labels",
            expected="rows of both classes",
            remedy="use more data, or check which value the features file calls positive",
        )
    return values
