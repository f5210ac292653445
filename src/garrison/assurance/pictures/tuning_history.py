"""How a search went: the value of each trial, and the best so far."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from garrison.assurance.pictures.canvas import axes, legend, picture
from garrison.assurance.report.blocks import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette


def tuning_history_picture(
    trials: Sequence[tuple[float | None, bool]], *, metric: str, greater_is_better: bool = True
) -> Picture:
    """A mark for each trial, given as its value and whether it came to its end; a line for the best so far.

    Trials that ended early stand for the folds they had; those without a value have no mark.
    """
    values = np.array([np.nan if value is None else value for value, _ in trials])
    ended = np.array([whole for _, whole in trials], dtype=np.bool_)
    worst = -np.inf if greater_is_better else np.inf
    better = np.maximum if greater_is_better else np.minimum
    best = better.accumulate(np.where(ended, values, worst)) if len(values) else values

    def draw(palette: "Palette") -> "Figure":
        from matplotlib.ticker import MaxNLocator

        figure, plot = axes(palette)
        place = np.arange(1, len(values) + 1)
        plot.plot(place[ended], values[ended], "o", color=palette.accent, markersize=5, label="complete")
        if not ended.all():
            plot.plot(
                place[~ended], values[~ended], "x", color=palette.muted, markersize=5, label="ended early"
            )
        there = np.isfinite(best)
        plot.step(place[there], best[there], where="post", color=palette.second, label="best so far")
        plot.set(xlabel="trial", ylabel=metric)
        plot.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        legend(figure, palette, columns=3)
        return figure

    reached = f"{best[-1]:.4g}" if len(best) and np.isfinite(best[-1]) else "none"
    early = int((~ended & np.isfinite(values)).sum())
    return picture(
        draw,
        alt=f"The value of each of {len(values)} trials by {metric}. Best: {reached}; {early} ended early.",
        caption=f"{metric} by trial; trials that ended early stand for the folds they had.",
    )
