"""Lines over one axis, such as detection against what an attacker may spend."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from garrison.assurance.pictures.canvas import axes, legend, picture, shortened
from garrison.assurance.report.blocks import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette

Point = tuple[float, float]
STYLES = ("-", "--", "-.", ":", (0, (1, 3)), (0, (6, 2, 1, 2, 1, 2)))
"""Lines of one colour are told apart by their dashes; colours alone would not do for everybody."""


def curve_picture(title: str, lines: Mapping[str, Sequence[Point]], *, x: str, y: str) -> Picture:
    """Lines by name, each of points (x, y) in the order of x; what lies in [0, 1] is drawn on that range."""

    def draw(palette: "Palette") -> "Figure":
        figure, plot = axes(palette, height=2.8)
        for number, (name, points) in enumerate(lines.items()):
            plot.plot(
                [point[0] for point in points],
                [point[1] for point in points],
                color=(palette.accent, palette.second)[number % 2],
                linestyle=STYLES[number // 2 % len(STYLES)],
                linewidth=1.5,
                marker="o",
                markersize=3,
                label=shortened(name),
            )
        values = [point[1] for points in lines.values() for point in points]
        if values and min(values) >= 0 and max(values) <= 1:
            plot.set_ylim(-0.02, 1.02)
        plot.set(xlabel=x, ylabel=y)
        legend(figure, palette)
        return figure

    said = [
        f"{name} from {points[0][1]:.3g} at {points[0][0]:g} to {points[-1][1]:.3g} at {points[-1][0]:g}"
        for name, points in lines.items()
        if points
    ]
    return picture(draw, alt=f"{title}: {'; '.join(said)}.", caption=f"{title}.")
