"""The calibration curve: whether a score of 0.8 means eight in ten."""

from typing import TYPE_CHECKING

import numpy as np

from garrison.assurance.pictures.canvas import axes, legend, percent, picture
from garrison.assurance.report.blocks import Picture
from garrison.evaluation import CalibrationCurve

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette


def calibration_picture(curve: CalibrationCurve) -> Picture:
    """Mean score against the share of positives in each slice, with its 95 % interval."""

    def draw(palette: "Palette") -> "Figure":
        figure, plot = axes(palette)
        plot.plot([0, 1], [0, 1], color=palette.muted, linewidth=1, linestyle=(0, (4, 3)), label="perfect")
        reach = np.stack([curve.share - curve.low, curve.high - curve.share])
        plot.errorbar(
            curve.score,
            curve.share,
            yerr=np.maximum(reach, 0),
            fmt="o-",
            color=palette.accent,
            ecolor=palette.accent,
            markersize=4,
            linewidth=1.5,
            elinewidth=1,
            label=f"detector, expected error {curve.ece:.3f}",
        )
        plot.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="mean score", ylabel="share of positives")
        percent(plot.yaxis)
        legend(figure, palette)
        return figure

    gap = float(np.abs(curve.score - curve.share).max())
    return picture(
        draw,
        alt=(
            f"Calibration curve over {curve.rows.size} slices of the score. Expected calibration error "
            f"{curve.ece:.3f}; the largest gap of a slice is {gap:.2f}."
        ),
        caption="Calibration: the share of positives in each slice of the score, with 95% intervals.",
    )
