"""PSNR and SSIM against what scikit-image 0.26 gives, and against a window written out by hand."""

import numpy as np
import pytest

from garrison.errors import DataError
from garrison.evaluation import MOST_DECIBELS, psnr, ssim

ROW, COLUMN = np.mgrid[0:28, 0:28]
FIRST = ((ROW * COLUMN) % 29) / 28
SECOND = np.clip(FIRST + 0.3 * np.sin(COLUMN / 3.0), 0, 1)
THIRD = ((3 * COLUMN + 5 * ROW) % 31) / 30


@pytest.mark.parametrize(
    ("found", "truth", "similar", "decibels"),
    [
        (FIRST, SECOND, 0.8843593053163827, 14.288947277857673),
        (FIRST, THIRD, -0.01790598416127266, 7.096579584708946),
        (SECOND, THIRD, -0.013218599079787598, 6.795685138436357),
    ],
)
def test_as_scikit_image_has_it(
    found: np.ndarray, truth: np.ndarray, similar: float, decibels: float
) -> None:
    # structural_similarity(…, data_range=1, gaussian_weights=True, use_sample_covariance=False)
    assert ssim(found[None], truth[None])[0] == pytest.approx(similar, abs=1e-12)
    assert psnr(found[None], truth[None])[0] == pytest.approx(decibels, abs=1e-12)


def test_many_images_and_channels_at_once() -> None:
    ones = np.stack([FIRST, SECOND, FIRST])
    others = np.stack([SECOND, THIRD, FIRST])
    together = ssim(ones, others)
    assert together.tolist() == pytest.approx(
        [ssim(a[None], b[None])[0] for a, b in zip(ones, others, strict=True)]
    )
    assert ssim(ones[None], others[None])[0] == pytest.approx(together.mean())
    assert together[2] == 1.0
    assert psnr(ones, others)[2] == MOST_DECIBELS


def test_bytes_and_shares_say_the_same() -> None:
    assert ssim(255 * FIRST[None], 255 * SECOND[None], span=255) == pytest.approx(
        ssim(FIRST[None], SECOND[None])
    )
    assert psnr(255 * FIRST[None], 255 * SECOND[None], span=255) == pytest.approx(
        psnr(FIRST[None], SECOND[None])
    )


def test_a_window_that_fits_a_small_image() -> None:
    one, other = FIRST[:7, 3:10], SECOND[:7, 3:10]
    away = np.arange(-3, 4)
    line = np.exp(-(away**2) / (2 * 1.5**2))
    weight = np.outer(line, line) / line.sum() ** 2
    a, b = (weight * one).sum(), (weight * other).sum()
    spread, spread_other = (weight * one**2).sum() - a**2, (weight * other**2).sum() - b**2
    shared = (weight * one * other).sum() - a * b
    expected = (
        (2 * a * b + 1e-4) * (2 * shared + 9e-4) / ((a**2 + b**2 + 1e-4) * (spread + spread_other + 9e-4))
    )
    assert ssim(one[None], other[None])[0] == pytest.approx(expected)


@pytest.mark.parametrize("measure", [psnr, ssim])
def test_what_cannot_be_compared_is_refused(measure: object) -> None:
    assert callable(measure)
    for found, truth in (
        (FIRST[None], FIRST[None, :20]),
        (np.full((1, 28, 28), np.nan), FIRST[None]),
        (0.5, 0.5),
    ):
        with pytest.raises(DataError, match="cannot be held against"):
            measure(found, truth)


def test_an_image_of_two_pixels_has_no_structure() -> None:
    with pytest.raises(DataError, match="no structural similarity"):
        ssim(FIRST[None, :2], FIRST[None, :2])
