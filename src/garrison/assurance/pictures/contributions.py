"""What features add to scores: a dot for each row, coloured by what the row has."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from garrison.assurance.pictures.canvas import axes, picture, shortened
from garrison.assurance.pictures.dots import dots, swarm
from garrison.assurance.report.blocks import Picture
from garrison.evaluation import Contributions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette

MOST_ROWS = 250
"""Rows drawn; more would only hide each other."""

SLICES = 90
"""Dots in one of so many slices of the axis stand above each other."""

NOTHING = 1e-9
"""A feature that moves scores by no more than this on average is not drawn."""

Floats = NDArray[np.float64]


def contributions_picture(contributions: Contributions, *, most: int = 12) -> Picture:
    """The ``most`` features that move scores most, strongest on top.

    A dot is a row: right of the line the feature raised its score, left of it lowered it. Numbers are coloured by
    their rank within the feature, low to high; categories have no order and stay grey. Of more rows than
    ``MOST_ROWS``, evenly spaced ones are drawn.
    """
    shown = contributions.strongest(most)
    kept = max(int((shown.weight[: len(shown.names) - bool(shown.others)] > NOTHING).sum()), 1)
    rows = np.linspace(0, len(shown.values) - 1, min(len(shown.values), MOST_ROWS)).astype(np.int64)
    values = shown.values[rows, :kept]
    low, high = min(float(values.min()), -NOTHING), max(float(values.max()), NOTHING)

    def draw(palette: "Palette") -> "Figure":
        figure, plot = axes(palette, height=1.15 + 0.33 * max(kept, 2))
        plot.grid(visible=False, axis="y")
        plot.spines["left"].set_visible(False)
        plot.axvline(0, color=palette.muted, linewidth=0.8)
        for place in range(kept):
            height = place + swarm(values[:, place], width=(high - low) / SLICES, reach=0.4)
            shades = _shades(shown.data[rows, place], bool(shown.categories[place]), len(palette.scale))
            for shade, colour in enumerate((*palette.scale, palette.muted)):
                mine = shades == shade
                dots(plot, values[mine, place], height[mine], colour=colour)
        plot.set_yticks(range(kept), [shortened(name) for name in shown.names[:kept]])
        plot.tick_params(axis="y", labelcolor=palette.ink)
        edge = 0.03 * (high - low)
        plot.set(xlim=(low - edge, high + edge), ylim=(kept - 0.4, -0.6), xlabel="added to the score")
        plot.locator_params(axis="x", nbins=6)
        _key(figure, palette)
        return figure

    total = len(shown.names) - bool(shown.others) + shown.others
    first = ", ".join(
        f"{name} ({weight:.3f})"
        for name, weight in zip(shown.names[: min(3, kept)], shown.weight[:3], strict=False)
    )
    return picture(
        draw,
        alt=(
            f"What each feature added to the scores of {rows.size:,} rows, from a base of {shown.base:.3f}. "
            f"On average the strongest moved a score by: {first or 'none'}."
        ),
        caption=(
            f"Contributions to the score (sampled Shapley values). A dot is a row; the base, {shown.base:.3f}, and all "
            f"contributions of a row add up to its score. Grey: categories."
            + (f" The {kept} strongest of {total} features." if kept < total else "")
        ),
    )


def _shades(data: Floats, category: bool, colours: int) -> NDArray[np.int64]:
    """Which colour of the scale each row of a feature gets, by its rank; one beyond for what has no order."""
    if category or np.isnan(data).all():
        return np.full(data.size, colours)
    levels, codes, counts = np.unique(data, return_inverse=True, return_counts=True)
    if levels.size == 1:
        return np.full(data.size, colours // 2)
    middle = (np.cumsum(counts) - counts / 2)[codes]
    low, high = middle.min(), middle.max()
    shades: NDArray[np.int64] = np.rint((middle - low) / (high - low) * (colours - 1)).astype(np.int64)
    return shades


def _key(figure: "Figure", palette: "Palette") -> None:
    """The scale of colours in words, above the axes."""
    from matplotlib.lines import Line2D

    marks = [
        Line2D([], [], linestyle="", marker="o", markersize=4.5, color=colour, markeredgewidth=0)
        for colour in palette.scale
    ]
    words = ["low", "", "", "", "high"]
    figure.legend(
        marks,
        words,
        loc="outside upper left",
        ncols=len(words),
        frameon=False,
        labelcolor=palette.ink,
        fontsize=9,
        borderaxespad=0.2,
        columnspacing=0.35,
        handletextpad=0.25,
        handlelength=0.9,
    )
