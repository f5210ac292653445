"""ROC curves with both axes logarithmic: what an attack finds where hardly any false alarm is allowed.

Carlini et al. ("Membership Inference Attacks From First Principles", S&P 2022) show attacks so: on plain axes, one
that is sure of a few records looks like chance.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from garrison.assurance.pictures.canvas import axes, legend, percent, picture, shortened
from garrison.assurance.pictures.curves import STYLES
from garrison.assurance.report.blocks import Picture
from garrison.evaluation import Interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette

Point = tuple[float, float]


def log_roc_picture(
    title: str,
    lines: Mapping[str, Sequence[Point]],
    *,
    intervals: Mapping[str, Mapping[float, Interval]] | None = None,
    least: float = 1e-3,
    x: str = "false-positive rate",
    y: str = "true-positive rate",
) -> Picture:
    """Lines by name, each of points (false-positive rate, true-positive rate) in rising order, from ``least`` on.

    ``intervals`` are, by the name of the line and the false-positive rate, the true-positive rate with its range:
    drawn as whiskers.
    """
    whiskers = intervals or {}

    def draw(palette: "Palette") -> "Figure":
        figure, plot = axes(palette)
        chance = np.geomspace(least, 1, 60)
        for number, (name, points) in enumerate(lines.items()):
            colour = (palette.accent, palette.second)[number % 2]
            ends = np.array([(0.0, 0.0), *points, (1.0, 1.0)])
            plot.plot(
                np.maximum(ends[:, 0], least),
                np.maximum(ends[:, 1], least),
                color=colour,
                linestyle=STYLES[number // 2 % len(STYLES)],
                linewidth=1.6,
                drawstyle="steps-post",
                label=shortened(name),
            )
            for rate, found in whiskers.get(name, {}).items():
                beside = max(rate, least) * 1.06 ** (number - (len(lines) - 1) / 2)
                low, value, high = (max(each, least) for each in (found.low, found.value, found.high))
                plot.plot([beside, beside], [low, high], color=colour, linewidth=1.1, clip_on=False)
                plot.plot([beside], [value], "o", color=colour, markersize=4, clip_on=False)
        plot.plot(chance, chance, color=palette.muted, linewidth=1, linestyle=(0, (4, 3)), label="chance")
        plot.set_xscale("log")
        plot.set_yscale("log")
        plot.set(xlim=(least, 1), ylim=(least, 1), xlabel=f"{x} (logarithmic)", ylabel=f"{y} (logarithmic)")
        plot.minorticks_off()
        percent(plot.xaxis)
        percent(plot.yaxis)
        legend(figure, palette)
        return figure

    said = [
        f"{name} finds {found.value:.1%} at {rate * 100:.6g}% false positives ({found.low:.1%} to {found.high:.1%})"
        for name in lines
        for rate, found in whiskers.get(name, {}).items()
    ]
    level = next((f"{found.level * 100:g}% " for each in whiskers.values() for found in each.values()), "")
    return picture(
        draw,
        alt=f"{title}, both axes logarithmic: {'; '.join(said) or ', '.join(lines) or 'no line'}.",
        caption=f"{title}. Both axes are logarithmic{f', whiskers are {level}intervals' if level else ''}.",
    )
