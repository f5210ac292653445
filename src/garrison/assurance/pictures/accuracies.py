"""How many keys were read how well, a line a length of messages."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from garrison.assurance.pictures.canvas import axes, legend, percent, picture
from garrison.assurance.report.blocks import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette

MOST = 5
"""Lines that one picture can tell apart."""


def accuracies_picture(counts: Mapping[str, Sequence[int]], *, what: str = "keys") -> Picture:
    """Histograms of accuracies: for each name, how many lie in each of equal steps from 0 to 1; five names at most.

    Shown is the share of all, from the lowest accuracy that comes up.
    """
    shown = {
        name: np.asarray(found, float) / max(sum(found), 1) for name, found in list(counts.items())[:MOST]
    }
    steps = max(len(found) for found in shown.values())
    edges = np.linspace(0, 1, steps + 1)
    begin = min((int(np.flatnonzero(found)[0]) for found in shown.values() if found.any()), default=0)

    def draw(palette: "Palette") -> "Figure":
        figure, plot = axes(palette)
        apart = np.linspace(0, MOST - 1, len(shown)).round().astype(int)
        for (name, found), place in zip(shown.items(), apart, strict=True):
            colour = palette.scale[place]
            plot.stairs(found, edges, baseline=0, fill=True, color=colour, alpha=0.18, linewidth=0)
            plot.stairs(found, edges, baseline=None, color=colour, linewidth=1.4, label=name)
        plot.set(xlim=(edges[begin], 1), ylim=(0, None), xlabel="accuracy", ylabel=f"share of {what}")
        percent(plot.xaxis)
        percent(plot.yaxis)
        legend(figure, palette, columns=3)
        return figure

    middles = {
        name: float(edges[int(np.searchsorted(np.cumsum(found), 0.5))]) for name, found in shown.items()
    }
    said = ", ".join(f"{name} at {middle:.0%} or a little above" for name, middle in middles.items())
    return picture(
        draw,
        alt=f"Histogram of accuracies of {what}. The middle one lies: {said}.",
        caption=f"How many {what} were read how well.",
    )
