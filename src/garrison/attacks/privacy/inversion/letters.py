"""Letters from the fonts that come with Matplotlib, drawn askew: images of strokes that no private data went into."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from garrison.errors import DataError

if TYPE_CHECKING:
    import torch

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FONTS = ("DejaVuSans*.ttf", "DejaVuSerif*.ttf", "STIXGeneral*.ttf", "cmr10.ttf", "cmss10.ttf", "cmtt10.ttf")
LARGE = 64
"""Pixels a side at which a letter is drawn, before it is made small."""
TURN, SHEAR, SMALLER, LARGER, SHIFT = 0.35, 0.3, 0.75, 1.25, 0.08
"""At most: a turn in radians, a shear, factors of the size, and a shift as a share of a side."""


def letters(
    count: int, shape: tuple[int, ...], *, seed: int = 0, low: float = 0.0, high: float = 1.0
) -> "torch.Tensor":
    """``count`` images ``(count, *shape)`` of bright letters on dark ground, values in [low, high].

    ``shape`` is ``(channels, height, width)``; all channels are equal. Each is a letter of any of the fonts, turned,
    sheared, resized and shifted at random. Raises ``DataError`` for shapes that are no images.

    >>> letters(3, (1, 28, 28)).shape
    torch.Size([3, 1, 28, 28])
    """
    import torch
    from torch.nn import functional

    if len(shape) != 3 or min(shape[1:]) < 6:
        raise DataError(
            f"letters of shape {shape}", expected="(channels, height, width), 6 pixels a side or more"
        )
    drawn = _drawn()
    draw = np.random.default_rng(seed)
    angle = draw.uniform(-TURN, TURN, count)
    across, down = draw.uniform(SMALLER, LARGER, (2, count))
    shear = draw.uniform(-SHEAR, SHEAR, count)
    shift = draw.uniform(-2 * SHIFT, 2 * SHIFT, (count, 2))
    turn = np.stack([np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)], axis=1).reshape(-1, 2, 2)
    lean = np.stack([1 / across, shear, np.zeros(count), 1 / down], axis=1).reshape(-1, 2, 2)
    askew = np.concatenate([turn @ lean, shift[:, :, None]], axis=2).astype(np.float32)
    grid = functional.affine_grid(torch.from_numpy(askew), [count, 1, LARGE, LARGE], align_corners=False)
    chosen = torch.from_numpy(drawn[draw.integers(len(drawn), size=count)])
    large = functional.grid_sample(chosen[:, None], grid, align_corners=False)
    small = functional.interpolate(large, size=shape[1:], mode="area").clamp(0, 1)
    return small.expand(-1, shape[0], -1, -1) * (high - low) + low


@functools.cache
def _drawn() -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """Every letter in every font, upright and centred, float32 ``(letters x fonts, LARGE, LARGE)`` in [0, 1]."""
    import matplotlib as mpl
    from PIL import Image, ImageDraw, ImageFont

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    found = []
    for path in sorted({each for pattern in FONTS for each in folder.glob(pattern)}):
        font = ImageFont.truetype(str(path), LARGE)
        for letter in LETTERS:
            page = Image.new("L", (LARGE, LARGE))
            ImageDraw.Draw(page).text((LARGE / 2, LARGE / 2), letter, fill=255, font=font, anchor="mm")
            found.append(np.asarray(page, dtype=np.float32) / 255)
    return np.stack([each for each in found if each.any()])
