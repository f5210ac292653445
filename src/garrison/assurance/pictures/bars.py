"""Named values as bars or points, one a line, for the pictures that are lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from garrison.assurance.pictures.canvas import axes, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette


@dataclass(frozen=True)
class Bar:
    """One line: its name, its value, the interval when there is one, and whether it stands out."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    stressed: bool = False


def bars(palette: "Palette", rows: Sequence[Bar], *, label: str) -> "tuple[Figure, Axes]":
    """A horizontal bar for each row, first row on top, whiskers where there is an interval."""
    figure, plot = _lines(palette, rows, label)
    for place, row in enumerate(rows):
        colour = palette.second if row.stressed else palette.accent
        plot.barh(place, row.value, height=0.62, color=colour, alpha=0.85)
        _whisker(plot, place, row, palette.ink)
    return figure, plot


def points(palette: "Palette", rows: Sequence[Bar], *, label: str) -> "tuple[Figure, Axes]":
    """A point for each row, first row on top, whiskers where there is an interval."""
    figure, plot = _lines(palette, rows, label)
    for place, row in enumerate(rows):
        colour = palette.second if row.stressed else palette.accent
        _whisker(plot, place, row, colour)
        plot.plot([row.value], [place], "o", color=colour, markersize=7 if row.stressed else 5.5)
    return figure, plot


def _lines(palette: "Palette", rows: Sequence[Bar], label: str) -> "tuple[Figure, Axes]":
    figure, plot = axes(palette, height=0.75 + 0.27 * max(len(rows), 2))
    plot.grid(visible=False, axis="y")
    plot.spines["left"].set_visible(False)
    plot.set_yticks(range(len(rows)), [shortened(row.name) for row in rows])
    plot.tick_params(axis="y", labelcolor=palette.ink)
    plot.set(ylim=(len(rows) - 0.4, -0.6), xlabel=label)
    plot.locator_params(axis="x", nbins=5)
    return figure, plot


def _whisker(plot: "Axes", place: int, row: Bar, colour: str) -> None:
    if row.low is not None and row.high is not None:
        plot.plot([row.low, row.high], [place, place], color=colour, linewidth=1.4, solid_capstyle="butt")
