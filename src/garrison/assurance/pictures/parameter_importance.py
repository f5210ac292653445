"""How much each searched parameter mattered, as bars."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from garrison.assurance.pictures.bars import Bar, bars
from garrison.assurance.pictures.canvas import percent, picture
from garrison.assurance.report.blocks import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette


def parameter_importance_picture(shares: Mapping[str, float], *, method: str = "PED-ANOVA") -> Picture:
    """A bar for each parameter's share, all together 1, the greatest on top."""
    ordered = sorted(shares.items(), key=lambda each: -each[1])

    def draw(palette: "Palette") -> "Figure":
        figure, plot = bars(palette, [Bar(*each) for each in ordered], label="share of the importance")
        percent(plot.xaxis)
        return figure

    said = "; ".join(f"{name} {share:.0%}" for name, share in ordered)
    return picture(
        draw,
        alt=f"Bars of parameter importance: {said or 'none'}.",
        caption=f"Which parameters the best trials have in common ({method}).",
    )
