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
"""Thresholds at which both rates are drawn, evenly over the axis."""
SLICES = 40

REACH = (3.5, 7.0)
"""How far the axis goes to both sides in decades of odds: at least, and at most where the threshold lies out there."""

Floats = NDArray[np.float64]


def threshold_picture(
    y: ArrayLike, p: ArrayLike, *, threshold: float, held_out: ArrayLike | None = None
) -> Picture:
    """Recall, and below it the false-positive rate on a logarithmic axis, against the threshold; the chosen one marked.

    The axis of thresholds is one of odds, as the scores of most models crowd near 0 and 1. ``held_out`` are scores of
    attacks by models that were trained without their kind; a third panel shows them beside those of the benign rows,
    as shares of either.
    """
    labels, scores = checked(y, p)
    unseen = None if held_out is None else np.asarray(held_out, dtype=np.float64)
    unseen = None if unseen is None or unseen.size == 0 else unseen
    chosen = float(_decades(np.array(threshold)))
    reach = min(max(REACH[0], abs(chosen) + 0.5), REACH[1])
    grid = np.linspace(-reach, reach, POINTS)
    recall, alarms = (_at_or_above(_decades(scores[side]), grid) for side in (labels, ~labels))
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
        said = (
            f"threshold {_said(threshold)}: recall {counts.recall:.1%}, {counts.false_positive_rate:.2%} FPR"
        )
        for place, plot in enumerate(plots):
            plot.axvline(
                np.clip(chosen, -reach, reach),
                color=palette.ink,
                linewidth=1,
                linestyle=(0, (4, 3)),
                label=said if place == 0 else None,
            )
        for plot, rate, colour in (
            (upper, counts.recall, palette.accent),
            (lower, max(counts.false_positive_rate, least), palette.second),
        ):
            plot.plot(
                [np.clip(chosen, -reach, reach)], [rate], "o", color=colour, markersize=5.5, clip_on=False
            )
        if unseen is not None:
            _scores_of(plots[2], palette, scores[~labels], unseen, reach)
        ticks = [tick for tick in range(-int(reach), int(reach) + 1) if tick % (1 if reach < 4 else 2) == 0]
        plots[-1].set_xticks(ticks, [_tick(tick) for tick in ticks])
        plots[-1].set(xlim=(-reach, reach), xlabel="threshold" if unseen is None else "threshold, and score")
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
            f"Recall and false-positive rate against the threshold. At the chosen one, {_said(threshold)}: recall "
            f"{counts.recall:.1%}, false-positive rate {counts.false_positive_rate:.2%}.{never}"
        ),
        caption=(
            f"What another threshold would do; the dashed upright is the chosen one, and the axis is one of odds, as "
            f"scores crowd near 0 and 1.{never}"
        ),
    )


def _scores_of(plot: "Axes", palette: "Palette", benign: Floats, unseen: Floats, reach: float) -> None:
    """How both are spread over the scores, each as shares of its own rows; beyond the axis counts as at its end."""
    edges = np.linspace(-reach, reach, SLICES + 1)
    for scores, colour, name in (
        (benign, palette.muted, "benign"),
        (unseen, palette.second, "attacks held out of training"),
    ):
        share = np.histogram(np.clip(_decades(scores), -reach, reach), edges)[0] / scores.size
        plot.stairs(share, edges, fill=True, color=colour, alpha=0.28, linewidth=0)
        plot.stairs(share, edges, baseline=None, color=colour, linewidth=1.4, label=name)
    plot.set(ylim=(0, None), ylabel="share")
    plot.locator_params(axis="y", nbins=4)
    percent(plot.yaxis)


def _decades(scores: Floats) -> Floats:
    """The odds of scores in [0, 1] in decades, within ±12."""
    clipped = np.clip(scores, 1e-12, 1 - 1e-12)
    odds: Floats = np.log10(clipped) - np.log10(1 - clipped)
    return odds


def _tick(decade: int) -> str:
    """The score at so many decades of odds, in round numbers: 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999."""
    return "0.5" if decade == 0 else f"{10.0**decade:.{-decade}f}" if decade < 0 else "0." + "9" * decade


def _said(threshold: float) -> str:
    """A threshold with as many digits as tell it from 0 and 1."""
    near = min(threshold, 1 - threshold)
    digits = 3 if near >= 0.1 or near <= 0 else min(2 - int(np.floor(np.log10(near))), 9)
    return f"{threshold:.{digits}f}"


def _at_or_above(scores: Floats, grid: Floats) -> Floats:
    """The share of the scores that each threshold of the grid flags."""
    shares: Floats = 1 - np.searchsorted(np.sort(scores), grid, "left") / scores.size
    return shares
