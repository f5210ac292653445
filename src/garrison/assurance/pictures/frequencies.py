"""How often each value comes up: bars side by side, for letters and small whole numbers."""

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from garrison.assurance.pictures.canvas import axes, legend, percent, picture, shortened
from garrison.assurance.report.blocks import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette

WIDEST_TICKS = 34
"""Characters that labels below the bars may have together."""
SPACE = 0.8
"""The share of each value's place that bars fill."""


def frequencies_picture(
    title: str, counts: Mapping[str, Mapping[Hashable, float]], *, x: str, y: str = "share"
) -> Picture:
    """Bars for each value by name of what was counted, three names at most; shown are the shares of each name's sum.

    Values stand in the order in which they come up first. One name alone needs no legend.
    """
    shares = {name: _shares(found) for name, found in list(counts.items())[:3]}
    values = list(dict.fromkeys(value for found in shares.values() for value in found))

    def draw(palette: "Palette") -> "Figure":
        figure, plot = axes(palette, height=2.6)
        plot.grid(visible=False, axis="x")
        wide = SPACE / max(len(shares), 1)
        colours = (palette.accent, palette.second, palette.muted)
        for number, (name, found) in enumerate(shares.items()):
            places = np.arange(len(values)) - SPACE / 2 + (number + 0.5) * wide
            heights = [found.get(value, 0.0) for value in values]
            plot.bar(places, heights, wide, color=colours[number], alpha=0.85, label=shortened(name))
        apart = -(-sum(len(str(value)) for value in values) // WIDEST_TICKS) or 1
        plot.set_xticks(range(0, len(values), apart), [str(value) for value in values[::apart]])
        plot.tick_params(axis="x", labelsize=8 if len(values) <= 15 else 7)
        plot.set(xlim=(-0.7, len(values) - 0.3), xlabel=x, ylabel=y)
        plot.locator_params(axis="y", nbins=5)
        percent(plot.yaxis)
        if len(shares) > 1:
            legend(figure, palette, columns=3)
        return figure

    said = []
    for name, found in shares.items():
        if found:
            most = max(found, key=lambda value: found[value])
            said.append(f"{name} most often {most}, {found[most]:.1%}")
    return picture(draw, alt=f"{title}, bars by {x}: {'; '.join(said) or 'nothing'}.", caption=f"{title}.")


def _shares(counts: Mapping[Hashable, float]) -> dict[Hashable, float]:
    total = sum(counts.values()) or 1.0
    return {value: count / total for value, count in counts.items()}
