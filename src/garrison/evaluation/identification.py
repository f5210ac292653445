"""Whether an image says which of many it is: the nearest one, and which of several goes with which."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.errors import DataError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CELLS_AT_ONCE = 4_000_000


def squared_distances(ones: ArrayLike, others: ArrayLike) -> Floats:
    """The mean squared difference of each image to each other one, shape ``(n, m)``; never below 0.

    ``ones`` is ``(n, …)`` and ``others`` ``(m, …)``, all else of equal shape. Raises ``DataError`` otherwise.

    >>> squared_distances([[0.0, 0.0], [1.0, 1.0]], [[0.0, 1.0]]).tolist()
    [[0.5], [0.5]]
    """
    left, right = _rows(ones), _rows(others)
    if left.shape[1] != right.shape[1]:
        raise DataError(
            f"images of {left.shape[1]} values cannot be held against images of {right.shape[1]}",
            expected="images of one shape",
        )
    found = np.empty((len(left), len(right)))
    lengths = np.square(left).sum(axis=1)[:, None]
    step = max(1, CELLS_AT_ONCE // max(left.shape[1], 1))
    for start in range(0, len(right), step):
        part = right[start : start + step]
        found[:, start : start + step] = lengths - 2 * (left @ part.T) + np.square(part).sum(axis=1)
    return np.asarray(np.maximum(found, 0.0) / left.shape[1])


def paired_images(found: ArrayLike, truth: ArrayLike) -> tuple[Ints, Ints]:
    """Which image found goes with which true one, so that the summed squared difference is least.

    Gives the places in ``found`` ``(n, …)`` and in ``truth`` ``(m, …)``, both int64 ``(min(n, m),)``, in the order of
    the true ones: no image stands for two.

    >>> [places.tolist() for places in paired_images([[0.9], [0.1]], [[0.0], [1.0]])]
    [[1, 0], [0, 1]]
    """
    from scipy.optimize import linear_sum_assignment

    ours, theirs = linear_sum_assignment(squared_distances(found, truth))
    order = np.argsort(theirs)
    return ours[order].astype(np.int64), theirs[order].astype(np.int64)


def identified(found: ArrayLike, among: ArrayLike, places: ArrayLike) -> NDArray[np.bool_]:
    """Whether each image ``found`` ``(n, …)`` is nearer to the one it should be than to all others, bool ``(n,)``.

    ``among`` ``(m, …)`` are the candidates, and ``places`` ``(n,)`` says which of them is the true one of each.
    Copies of the true one among the candidates do no harm. By chance it is one in ``m``.

    >>> identified([[0.2], [0.4]], [[0.0], [1.0]], [0, 1]).tolist()
    [True, False]
    """
    apart = squared_distances(found, among)
    asked = np.asarray(places, dtype=np.int64)
    if len(asked) != len(apart) or (len(asked) and not 0 <= asked.min() <= asked.max() < apart.shape[1]):
        raise DataError(
            f"{len(asked)} places among {apart.shape[1]} candidates for {len(apart)} images",
            expected="the place of the true candidate for each image",
        )
    own = apart[np.arange(len(asked)), asked]
    return np.asarray(own <= apart.min(axis=1) + 1e-12)


def _rows(images: ArrayLike) -> Floats:
    given = np.asarray(images, dtype=np.float64)
    if given.ndim < 2 or not np.isfinite(given).all():
        raise DataError(
            f"values of shape {given.shape}, or some are not finite", expected="finite images, one a row"
        )
    return given.reshape(len(given), -1)
