"""How near one image is to another: the peak signal-to-noise ratio and the structural similarity."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.errors import DataError

Floats = NDArray[np.float64]

MOST_DECIBELS = 100.0
"""What equal images are given, whose ratio is infinite: no image of 16 bits comes nearer than 98."""
SPREAD, RADIUS = 1.5, 5
"""The window of Wang et al.: a Gaussian of 1.5 pixels, 11 pixels wide."""


def psnr(found: ArrayLike, truth: ArrayLike, *, span: float = 1.0) -> Floats:
    """The peak signal-to-noise ratio of each of ``n`` images, in decibels, shape ``(n,)``; more is nearer.

    Both are ``(n, …)`` of equal shape; ``span`` is the range that a pixel can have (1 for [0, 1], 255 for bytes). It is
    10 log10(span² / mean squared difference), and at most 100. Raises ``DataError`` for other shapes or values.

    >>> psnr([[[0.0, 0.5]]], [[[0.1, 0.6]]]).round(2).tolist()
    [20.0]
    """
    ours, theirs = _pair(found, truth)
    apart = np.square(ours - theirs).reshape(len(ours), -1).mean(axis=1) / span**2
    return np.asarray(-10 * np.log10(np.maximum(apart, 10 ** (-MOST_DECIBELS / 10))))


def ssim(found: ArrayLike, truth: ArrayLike, *, span: float = 1.0) -> Floats:
    """The structural similarity of each of ``n`` images, in [-1, 1], shape ``(n,)``; 1 is equal.

    Images are ``(n, height, width)`` or ``(n, channels, height, width)``; channels are averaged. Means, variances and
    the covariance are weighted by a Gaussian of 1.5 pixels in windows of 11, and only windows that lie whole in the
    image count (Wang et al., IEEE Transactions on Image Processing 13(4), 2004); where a side is shorter than
    11 pixels, the window is the greatest odd number of pixels that fits. Raises ``DataError`` for other shapes or
    values, or a side under 3 pixels.

    >>> ramp = np.linspace(0, 1, 256).reshape(1, 16, 16)
    >>> ssim(ramp, ramp).tolist(), ssim(ramp, 1 - ramp).round(3).tolist()
    ([1.0], [-0.826])
    """
    from scipy.ndimage import gaussian_filter

    ours, theirs = _pair(found, truth)
    if ours.ndim not in {3, 4} or min(ours.shape[-2:]) < 3:
        raise DataError(
            f"images of shape {ours.shape} have no structural similarity",
            expected="(n, height, width) or (n, channels, height, width), sides of 3 pixels or more",
        )
    radius = min(RADIUS, (min(ours.shape[-2:]) - 1) // 2)
    inner = (..., slice(radius, -radius), slice(radius, -radius))

    def windowed(values: Floats) -> Floats:
        seen = gaussian_filter(values, SPREAD, radius=radius, axes=(-2, -1))
        return np.asarray(seen[inner])

    mean_ours, mean_theirs = windowed(ours), windowed(theirs)
    var_ours = windowed(ours * ours) - mean_ours**2
    var_theirs = windowed(theirs * theirs) - mean_theirs**2
    shared = windowed(ours * theirs) - mean_ours * mean_theirs
    small, smaller = (0.01 * span) ** 2, (0.03 * span) ** 2
    above = (2 * mean_ours * mean_theirs + small) * (2 * shared + smaller)
    below = (mean_ours**2 + mean_theirs**2 + small) * (var_ours + var_theirs + smaller)
    return np.asarray((above / below).reshape(len(ours), -1).mean(axis=1))


def _pair(found: ArrayLike, truth: ArrayLike) -> tuple[Floats, Floats]:
    ours, theirs = np.asarray(found, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if (
        ours.shape != theirs.shape
        or ours.ndim < 2
        or not (np.isfinite(ours).all() and np.isfinite(theirs).all())
    ):
        raise DataError(
            f"images of shape {ours.shape} cannot be held against images of shape {theirs.shape}",
            expected="finite values and equal shapes, an image a row",
        )
    return ours, theirs
