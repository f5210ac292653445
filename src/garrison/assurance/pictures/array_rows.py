"""A table of numbers as shades: what an array looks like, row under row."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from garrison.assurance.pictures.canvas import WIDTH, axes, legend, picture
from garrison.assurance.pictures.shades import TONES, shade_shapes
from garrison.assurance.report.blocks import Picture
from garrison.errors import DataError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette

ALPHA = 0.26
"""How dark one of the six layers is."""
ROUND = 0.72, 0.95
"""Inches left of and around the shades that labels need, across and up."""


def array_picture(
    values: ArrayLike,
    *,
    across: str,
    down: str,
    caption: str,
    low: float | None = None,
    high: float | None = None,
    first: int = 0,
    tallest: float = 4.5,
) -> Picture:
    """Shades of ``values`` ``(rows, columns)``, first row on top: the least is light, the greatest dark.

    ``low`` and ``high`` are the ends of the shades, else those of the values; ``first`` is the number of the first
    row and column. Cells are square unless that would be too flat or higher than ``tallest`` inches. Raises
    ``DataError`` for what is no table of finite numbers.
    """
    table = np.asarray(values, np.float64)
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        raise DataError(f"values of shape {table.shape} are no table", expected="finite, (rows, columns)")
    least = float(table.min()) if low is None else low
    most = float(table.max()) if high is None else high
    shades = np.clip((table - least) / ((most - least) or 1.0), 0, 1)
    rows, columns = table.shape
    height = float(np.clip(ROUND[1] + (WIDTH - ROUND[0]) * rows / columns, 1.6, tallest))

    def draw(palette: "Palette") -> "Figure":
        from matplotlib.patches import PathPatch, Rectangle
        from matplotlib.ticker import MaxNLocator

        figure, plot = axes(palette, height=height)
        plot.grid(visible=False)
        plot.spines[:].set_visible(False)
        corner = first - 0.5
        box = (corner, corner, columns, rows)
        plot.add_artist(Rectangle((corner, corner), columns, rows, facecolor=palette.faint, linewidth=0))
        for shape in shade_shapes(shades, box):
            plot.add_artist(PathPatch(shape, facecolor=palette.accent, alpha=ALPHA, linewidth=0))
        plot.set(xlim=(corner, corner + columns), ylim=(corner + rows, corner), xlabel=across, ylabel=down)
        for axis in (plot.xaxis, plot.yaxis):
            axis.set_major_locator(MaxNLocator(nbins=7, integer=True))
        dark = 1 - (1 - ALPHA) ** TONES
        for value, colour, alpha in ((least, palette.faint, 1.0), (most, palette.accent, dark)):
            plot.add_patch(
                Rectangle((corner, corner), 0, 0, facecolor=colour, alpha=alpha, label=f"{value:.3g}")
            )
        legend(figure, palette)
        return figure

    return picture(
        draw,
        alt=(
            f"Table of {rows} rows ({down}) and {columns} columns ({across}) as shades, light for {least:.3g}, "
            f"dark for {most:.3g}; the mean is {table.mean():.3g}."
        ),
        caption=caption,
    )
