"""How many alarms would be true, as attacks get rarer."""

from typing import TYPE_CHECKING

import numpy as np

from garrison.assurance.pictures.canvas import axes, legend, percent, picture
from garrison.assurance.report.blocks import Picture
from garrison.evaluation import BaseRateCurve, BaseRateLine

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette


def base_rate_picture(curve: BaseRateCurve, *, prevalence: float = 0.001) -> Picture:
    """Precision against the share of events that are attacks, with the stated ``prevalence`` marked.

    The first line of ``curve`` is the detector's own, with the range it may lie in as a band.
    """
    own = curve.lines[0]

    def draw(palette: "Palette") -> "Figure":
        figure, plot = axes(palette)
        plot.fill_between(curve.prevalence, own.low, own.high, color=palette.accent, alpha=0.16, linewidth=0)
        styles = [
            (palette.accent, "solid"),
            (palette.second, "solid"),
            (palette.second, (0, (3, 2))),
            (palette.muted, (0, (1, 1.5))),
        ]
        for place, line in enumerate(curve.lines):
            colour, style = styles[min(place, len(styles) - 1)]
            plot.plot(
                curve.prevalence,
                line.precision,
                color=colour,
                linestyle=style,
                linewidth=1.8,
                label=_title(line),
            )
        plot.axvline(prevalence, color=palette.ink, linewidth=1, linestyle=(0, (4, 3)))
        plot.set_xscale("log")
        plot.set(
            xlim=(curve.prevalence.min(), curve.prevalence.max()),
            ylim=(0, 1.02),
            xlabel="share of events that are attacks (logarithmic)",
            ylabel="precision",
        )
        plot.minorticks_off()
        percent(plot.xaxis)
        percent(plot.yaxis)
        legend(figure, palette, columns=1)
        return figure

    at = f"{prevalence * 100:.3g}%"
    said = "; ".join(f"{_title(line)} {line.precision_at(prevalence):.1%}" for line in curve.lines)
    low, high = (float(np.interp(prevalence, curve.prevalence, side)) for side in (own.low, own.high))
    return picture(
        draw,
        alt=f"Precision against the share of events that are attacks. Where it is {at}: {said}.",
        caption=(
            f"How many alarms would be true as attacks get rarer. The dashed upright is at {at}, where the precision "
            f"at the threshold would be {own.precision_at(prevalence):.1%} ({low:.1%} to {high:.1%}, the band)."
        ),
    )


def _title(line: BaseRateLine) -> str:
    if line.fpr is None:
        return f"at the threshold: recall {line.recall:.1%}, {line.false_positive_rate:.2%} FPR"
    return f"at {line.fpr * 100:.3g}% FPR: recall {line.recall:.1%}"
