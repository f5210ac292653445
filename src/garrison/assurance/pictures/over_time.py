"""Measures over time, a line each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from garrison.assurance.pictures.canvas import axes, legend, picture
from garrison.assurance.report.blocks import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette


@dataclass(frozen=True)
class Line:
    """One measure at each time; NaN where it is not known."""

    name: str
    values: Sequence[float]


def over_time_picture(
    title: str,
    times: Sequence[np.datetime64],
    lines: Sequence[Line],
    *,
    unit: str,
    bounds: tuple[float, float] | None = None,
) -> Picture:
    """One line or two over the times at which their parts begin; ``bounds`` are those of the axis."""

    def draw(palette: "Palette") -> "Figure":
        import matplotlib.dates

        dates: Any = matplotlib.dates
        figure, plot = axes(palette, height=2.4)
        for line, colour in zip(lines, (palette.accent, palette.second), strict=False):
            plot.plot(
                times, line.values, color=colour, linewidth=1.5, marker="o", markersize=3, label=line.name
            )
        locator = dates.AutoDateLocator(minticks=3, maxticks=6)
        plot.xaxis.set_major_locator(locator)
        plot.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
        plot.set_ylabel(unit)
        if bounds is not None:
            plot.set_ylim(*bounds)
        else:
            plot.set_ylim(bottom=0)
        legend(figure, palette)
        return figure

    said = []
    for line in lines:
        known = [value for value in line.values if math.isfinite(value)]
        if known:
            said.append(f"{line.name} from {known[0]:.3g} to {known[-1]:.3g}")
    return picture(draw, alt=f"{title} over time: {'; '.join(said)}.", caption=f"{title} over time (UTC).")
