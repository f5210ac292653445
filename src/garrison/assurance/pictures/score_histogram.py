"""The scores of both classes, and the threshold between them."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from garrison.assurance.pictures.canvas import axes, legend, picture, shortened
from garrison.assurance.report.blocks import Picture
from garrison.evaluation.scores import checked

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.ticker import Formatter

    from garrison.assurance.pictures.palette import Palette

SLICES = 40


def score_histogram_picture(
    y: ArrayLike,
    p: ArrayLike,
    *,
    threshold: float,
    positive: str = "positive",
    negative: str = "negative",
) -> Picture:
    """How many rows of each class get which score; ``positive`` and ``negative`` name the classes.

    The axis of rows is logarithmic, so that the few rows on the wrong side stay visible.
    """
    labels, scores = checked(y, p)
    edges = np.linspace(0, 1, SLICES + 1)
    counts = {name: np.histogram(scores[side], edges)[0] for name, side in ((1, labels), (0, ~labels))}

    def draw(palette: "Palette") -> "Figure":
        figure, plot = axes(palette)
        for side, name, colour in ((0, negative, palette.accent), (1, positive, palette.second)):
            plot.stairs(counts[side], edges, baseline=0.5, fill=True, color=colour, alpha=0.28, linewidth=0)
            plot.stairs(
                np.maximum(counts[side], 0.5),
                edges,
                baseline=None,
                color=colour,
                linewidth=1.4,
                label=shortened(name, 20),
            )
        plot.axvline(
            threshold,
            color=palette.ink,
            linewidth=1,
            linestyle=(0, (4, 3)),
            label=f"threshold {threshold:.3f}",
        )
        plot.set_yscale("log")
        plot.minorticks_off()
        top = max(int(side.max()) for side in counts.values())
        plot.set(xlim=(0, 1), ylim=(0.5, top * 1.6), xlabel="score", ylabel="rows (logarithmic)")
        plot.yaxis.set_major_formatter(_whole())
        legend(figure, palette, columns=3)
        return figure

    wrong = [int((scores[labels] < threshold).sum()), int((scores[~labels] >= threshold).sum())]
    return picture(
        draw,
        alt=(
            f"Histogram of scores by class. Of the rows, {wrong[0]:,} {positive} lie below the threshold "
            f"{threshold:.3f}, and {wrong[1]:,} {negative} at or above it."
        ),
        caption="Scores by class. The axis of rows is logarithmic, so that the few wrong ones stay visible.",
    )


def _whole() -> "Formatter":
    from matplotlib.ticker import FuncFormatter

    return FuncFormatter(lambda rows, _: f"{rows:,.0f}" if rows >= 1 else "")
