"""A value for every pair of two things, as colours with the values written in them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from garrison.assurance.pictures.canvas import axes, picture
from garrison.assurance.report.blocks import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette

READABLE = 15
"""Columns up to which the values are written into the cells."""


def heat_map_picture(
    values: Mapping[tuple[int, int], float], *, across: str, down: str, caption: str, form: str = ".0%"
) -> Picture:
    """``values`` by place ``(across, down)``; a place without one stays empty. The stronger the colour, the higher.

    ``form`` is how a value is written into its cell. Raises ``ValueError`` when there is no value.
    """
    columns = sorted({column for column, _ in values})
    rows = sorted({row for _, row in values})
    least, most = min(values.values()), max(values.values())

    def draw(palette: "Palette") -> "Figure":
        from matplotlib.patches import Rectangle

        figure, plot = axes(palette, height=0.9 + 0.23 * len(rows))
        plot.grid(visible=False)
        plot.spines[:].set_visible(False)
        for (column, row), value in values.items():
            place = columns.index(column), rows.index(row)
            share = (value - least) / (most - least) if most > least else 1.0
            plot.add_patch(
                Rectangle(place, 0.95, 0.93, facecolor=palette.accent, alpha=0.06 + 0.5 * share, linewidth=0)
            )
            if len(columns) <= READABLE:
                plot.text(
                    place[0] + 0.475,
                    place[1] + 0.465,
                    f"{value:{form}}".removesuffix("%"),
                    ha="center",
                    va="center",
                    color=palette.ink,
                    fontsize=6.5,
                )
        plot.set(xlim=(0, len(columns)), ylim=(0, len(rows)), xlabel=across, ylabel=down)
        plot.set_xticks([place + 0.475 for place in range(len(columns))], [str(each) for each in columns])
        plot.set_yticks([place + 0.465 for place in range(len(rows))], [str(each) for each in rows])
        return figure

    low, high = min(values, key=lambda place: values[place]), max(values, key=lambda place: values[place])
    return picture(
        draw,
        alt=(
            f"Heat map of {len(values)} cells, {across} across and {down} upwards: from {least:{form}} at "
            f"{low[0]} and {low[1]} to {most:{form}} at {high[0]} and {high[1]}."
        ),
        caption=caption,
    )
