"""Images that an attack made beside the true ones: rows of small pictures, with what was measured under each."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.assurance.pictures.canvas import WIDTH, picture
from garrison.assurance.pictures.shades import TONES, shade_shapes
from garrison.assurance.report.blocks import Picture
from garrison.errors import DataError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette

GAP, LINE = 0.12, 0.24
"""Between two images, and the height of a line of text, in sides of an image."""


def reconstructions_picture(
    title: str,
    rows: Mapping[str, ArrayLike],
    *,
    labels: Sequence[str] = (),
    notes: Mapping[str, Sequence[str]] | None = None,
    most: int = 8,
    low: float = 0.0,
    high: float = 1.0,
) -> Picture:
    """Rows by name, each of images ``(n, height, width)`` or ``(n, 1, height, width)`` with values in [low, high].

    Give the true images as the first row. ``labels`` stand above the columns, ``notes`` (by the row's name) under
    each image. Of more images than ``most`` the first are shown. Dark is ``high``: ink on paper. Raises ``DataError``
    for other shapes.
    """
    shown = {name: _grey(name, images, low, high)[:most] for name, images in rows.items()}
    said = notes or {}
    columns = max((len(images) for images in shown.values()), default=1) or 1

    def draw(palette: "Palette") -> "Figure":
        from matplotlib.figure import Figure
        from matplotlib.patches import PathPatch, Rectangle

        heights = [LINE + 1 + (LINE if said.get(name) else 0) + GAP for name in shown]
        tall = sum(heights) + (LINE if labels else 0)
        side = WIDTH / (columns * (1 + GAP))
        figure = Figure(figsize=(WIDTH, max(tall * side, 0.3)))
        plot = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        plot.set(xlim=(0, columns * (1 + GAP)), ylim=(max(tall, 0.1), 0))
        plot.set_axis_off()
        size = min(8.5, side * 72 * LINE * 0.85)
        for column, label in enumerate(labels[:columns]):
            middle = column * (1 + GAP) + 0.5
            plot.text(middle, LINE / 2, label, color=palette.muted, fontsize=size, ha="center", va="center")
        top = LINE if labels else 0.0
        for (name, images), height in zip(shown.items(), heights, strict=True):
            plot.text(0, top + LINE / 2, name, color=palette.ink, fontsize=size, ha="left", va="center")
            for column, image in enumerate(images):
                corner = (column * (1 + GAP), top + LINE)
                plot.add_patch(Rectangle(corner, 1, 1, facecolor=palette.faint, linewidth=0))
                for shape in shade_shapes(image, (*corner, 1, 1)):
                    plot.add_patch(PathPatch(shape, facecolor=palette.ink, alpha=1.6 / TONES, linewidth=0))
            for column, note in enumerate(said.get(name, ())[: len(images)]):
                middle = column * (1 + GAP) + 0.5
                below = top + LINE + 1 + LINE / 2
                plot.text(middle, below, note, color=palette.muted, fontsize=size, ha="center", va="center")
            top += height
        return figure

    words = [
        f"{name}: {len(images)} images"
        + (f" ({', '.join(said[name][: len(images)])})" if said.get(name) else "")
        for name, images in shown.items()
    ]
    return picture(draw, alt=f"{title}. {'; '.join(words) or 'No images'}.", caption=f"{title}.")


def _grey(name: str, images: ArrayLike, low: float, high: float) -> NDArray[np.float64]:
    """``(n, height, width)`` in [0, 1]."""
    given = np.asarray(images, dtype=np.float64)
    if given.ndim == 4:
        given = given.mean(axis=1)
    if given.ndim != 3 or not np.isfinite(given).all():
        raise DataError(
            f"values of shape {given.shape} are no images", where=name, expected="finite, (n, height, width)"
        )
    return np.clip((given - low) / (high - low), 0, 1)
