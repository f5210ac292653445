"""Values with their intervals, those of some sides beside each other, such as a share by group."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from garrison.assurance.pictures.canvas import axes, legend, percent, picture, shortened
from garrison.assurance.report.blocks import Picture
from garrison.evaluation import Interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette

MARKS = ("o", "D", "s", "^", "v")
APART, REACH = 0.24, 0.8
"""How far the sides of a line stand apart, and all of them together at most, in lines."""


def estimates_picture(
    title: str,
    sides: Mapping[str, Mapping[str, Interval]],
    *,
    x: str,
    least: float | None = None,
    shares: bool = True,
) -> Picture:
    """Points with whiskers, a line a name, the first on top; five sides at most, each with its own mark.

    ``x`` says what is measured. With ``least`` the axis begins there; ``shares`` writes it in per cent.
    """
    shown = dict(list(sides.items())[: len(MARKS)])
    names = list(dict.fromkeys(name for found in shown.values() for name in found))

    def draw(palette: "Palette") -> "Figure":
        figure, plot = axes(palette, height=1.0 + (0.15 + 0.17 * len(shown)) * max(len(names), 2))
        plot.grid(visible=False, axis="y")
        plot.spines["left"].set_visible(False)
        apart = min(APART, REACH / max(len(shown), 1))
        colours = [palette.scale[place] for place in _spread(len(shown))]
        for number, (side, found) in enumerate(shown.items()):
            away = (number - (len(shown) - 1) / 2) * apart
            places = [names.index(name) + away for name in found]
            for place, each in zip(places, found.values(), strict=True):
                plot.plot([each.low, each.high], [place, place], color=colours[number], linewidth=1.4)
            plot.plot(
                [each.value for each in found.values()],
                places,
                MARKS[number],
                color=colours[number],
                markersize=5,
                label=shortened(side),
                clip_on=False,
            )
        plot.set_yticks(range(len(names)), [shortened(name) for name in names])
        plot.tick_params(axis="y", labelcolor=palette.ink)
        plot.set(ylim=(len(names) - 0.4, -0.6), xlabel=x)
        plot.locator_params(axis="x", nbins=5)
        if least is not None:
            plot.set_xlim(left=least)
        if shares:
            percent(plot.xaxis)
        if len(shown) > 1:
            legend(figure, palette, columns=3)
        return figure

    said = "; ".join(
        f"{side}: {', '.join(f'{name} {each}' for name, each in found.items())}"
        for side, found in shown.items()
    )
    level = next((f"{each.level * 100:g}% " for found in shown.values() for each in found.values()), "")
    return picture(draw, alt=f"{title}, {x}. {said or 'None'}.", caption=f"{title}, with {level}intervals.")


def _spread(count: int) -> list[int]:
    """Places on the scale of five colours that are far from each other."""
    return [round(number * (len(MARKS) - 1) / max(count - 1, 1)) for number in range(count)]
