"""What another threshold would have done: recall and false positives against it, and attacks never seen."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from garrison.assurance.pictures.canvas import legend, panels, percent, picture
from garrison.assurance.report.blocks import Picture
from garrison.evaluation import confusion
from garrison.evaluation.scores import checked

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette

POINTS = 301
"""Thresholds at which both rates are drawn, evenly over [0, 1]."""
SLICES = 40

Floats = NDArray[np.float64]


def threshold_picture(
    y: ArrayLike, p: ArrayLike, *, threshold: float, held_out: ArrayLike | None = None
) -> Picture:
    """Recall, and below it the false-positive rate on a logarithmic axis, against the threshold; the chosen one marked.

    ``held_out`` are scores of attacks by models that were trained without their kind; a third panel shows them
    beside those of the benign rows, as shares of either.
    """
    labels, scores = checked(y, p)
    unseen = None if held_out is None else np.asarray(held_out, dtype=np.float64)
    unseen = None if unseen is None or unseen.size == 0 else unseen
    grid = np.linspace(0, 1, POINTS)
    recall, alarms = (_at_or_above(scores[side], grid) for side in (labels, ~labels))
    counts = confusion(labels, scores, threshold=threshold)
    least = 1 / (2 * int((~labels).sum()))

    def draw(palette: "Palette") -> "Figure":
        figure, plots = panels(palette, heights=(1.5, 1.5) if unseen is None else (1.5, 1.5, 1.3))
        upper, lower = plots[:2]
        upper.plot(grid, recall, color=palette.accent, linewidth=1.8)
        upper.set(ylim=(0, 1.04), ylabel="recall")
        percent(upper.yaxis)
        lower.plot(grid, np.maximum(alarms, least), color=palette.second, linewidth=1.8)
        lower.set_yscale("log")
        lower.set(ylim=(least, 1.3), ylabel="FPR (log)")
        lower.minorticks_off()
        percent(lower.yaxis)
        if unseen is not None:
            _scores_of(plots[2], palette, scores[~labels], unseen)
        chosen = (
            f"threshold {threshold:.3f}: recall {counts.recall:.1%}, {counts.false_positive_rate:.2%} FPR"
        )
        for place, plot in enumerate(plots):
            plot.axvline(
                threshold,
                color=palette.ink,
                linewidth=1,
                linestyle=(0, (4, 3)),
                label=chosen if place == 0 else None,
            )
        for plot, rate, colour in (
            (upper, counts.recall, palette.accent),
            (lower, max(counts.false_positive_rate, least), palette.second),
        ):
            plot.plot([threshold], [rate], "o", color=colour, markersize=5.5, clip_on=False)
        plots[-1].set(xlim=(0, 1), xlabel="threshold" if unseen is None else "threshold, and score")
        figure.align_ylabels(plots)
        legend(figure, palette, columns=1)
        return figure

    never = (
        ""
        if unseen is None
        else f" Of {unseen.size:,} attacks scored by models that never saw their kind, "
        f"{float((unseen >= threshold).mean()):.1%} lie at or above it."
    )
    return picture(
        draw,
        alt=(
            f"Recall and false-positive rate against the threshold. At the chosen one, {threshold:.3f}: recall "
            f"{counts.recall:.1%}, false-positive rate {counts.false_positive_rate:.2%}.{never}"
        ),
        caption=f"What another threshold would do; the dashed upright is the chosen one.{never}",
    )


def _scores_of(plot: "Axes", palette: "Palette", benign: Floats, unseen: Floats) -> None:
    """How both are spread over the scores, each as shares of its own rows."""
    edges = np.linspace(0, 1, SLICES + 1)
    for scores, colour, name in (
        (benign, palette.muted, "benign"),
        (unseen, palette.second, "attacks held out of training"),
    ):
        share = np.histogram(scores, edges)[0] / max(scores.size, 1)
        plot.stairs(share, edges, fill=True, color=colour, alpha=0.28, linewidth=0)
        plot.stairs(share, edges, baseline=None, color=colour, linewidth=1.4, label=name)
    plot.set(ylim=(0, None), ylabel="share")
    plot.locator_params(axis="y", nbins=4)
    percent(plot.yaxis)


def _at_or_above(scores: Floats, grid: Floats) -> Floats:
    """The share of the scores that each threshold of the grid flags."""
    return 1 - np.searchsorted(np.sort(scores), grid, "left") / scores.size
