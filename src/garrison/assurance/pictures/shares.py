"""Two distributions of one column, side by side: what it was, and what it is now."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from garrison.assurance.pictures.canvas import axes, legend, percent, picture, shortened
from garrison.assurance.report.blocks import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette


def shares_picture(
    name: str,
    parts: Sequence[str],
    reference: Sequence[float],
    current: Sequence[float],
    *,
    caption: str = "",
) -> Picture:
    """The shares of rows, in [0, 1], in each part of a column's range, of a reference and now; a line a part."""

    def draw(palette: "Palette") -> "Figure":
        figure, plot = axes(palette, height=0.95 + 0.3 * max(len(parts), 2))
        plot.grid(visible=False, axis="y")
        plot.spines["left"].set_visible(False)
        for side, values, colour, shift in (
            ("in training", reference, palette.accent, -0.19),
            ("now", current, palette.second, 0.19),
        ):
            places = [place + shift for place in range(len(parts))]
            plot.barh(places, values, height=0.36, color=colour, alpha=0.85, label=side)
        plot.set_yticks(range(len(parts)), [shortened(part) for part in parts])
        plot.tick_params(axis="y", labelcolor=palette.ink)
        plot.set(ylim=(len(parts) - 0.4, -0.6), xlabel="share of the rows")
        plot.set_xlim(0, max([0.01, *reference, *current]) * 1.05)
        plot.locator_params(axis="x", nbins=5)
        percent(plot.xaxis)
        legend(figure, palette)
        return figure

    return picture(
        draw,
        alt=shares_in_words(name, parts, reference, current),
        caption=caption or f"{name}: in training and now.",
    )


def shares_in_words(
    name: str, parts: Sequence[str], reference: Sequence[float], current: Sequence[float]
) -> str:
    """What such a picture shows, for whoever does not see it: of equal changes the first one is named.

    >>> shares_in_words("port", ["22", "80"], [0.1, 0.9], [0.3, 0.7])
    'Bars of port in training and now; the largest change is 22 from 10.0% to 30.0%.'
    """
    moved = sorted(
        zip(parts, reference, current, strict=True), key=lambda each: -round(abs(each[2] - each[1]), 9)
    )
    most = f"{moved[0][0]} from {moved[0][1]:.1%} to {moved[0][2]:.1%}" if moved else "nothing"
    return f"Bars of {name} in training and now; the largest change is {most}."
