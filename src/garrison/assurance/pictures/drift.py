"""The effect sizes of a drift table, against the size that matters."""

from typing import TYPE_CHECKING

from garrison.assurance.pictures.bars import Bar, bars
from garrison.assurance.pictures.canvas import picture
from garrison.assurance.report.blocks import Picture
from garrison.evaluation import DriftTable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette


def drift_picture(table: DriftTable, *, most: int = 15) -> Picture:
    """The ``most`` changed columns by effect size; those that drifted stand out."""
    shown = sorted(table.rows, key=lambda row: (-row.effect, row.name))[:most]

    def draw(palette: "Palette") -> "Figure":
        rows = [Bar(row.name, row.effect, stressed=row.drifted) for row in shown]
        figure, plot = bars(palette, rows, label="effect size (KS distance or Cramér's V)")
        plot.axvline(table.least_effect, color=palette.ink, linewidth=1, linestyle=(0, (4, 3)))
        plot.set_xlim(0, max([table.least_effect * 1.5, *(row.effect * 1.05 for row in shown)]))
        return figure

    drifted = [row.name for row in table.rows if row.drifted]
    found = f"{len(drifted)} of {len(table.rows)} drifted" + (
        f": {', '.join(drifted[:5])}" if drifted else ""
    )
    rest = (
        f" The {len(shown)} largest of {len(table.rows)} are shown." if len(shown) < len(table.rows) else ""
    )
    return picture(
        draw,
        alt=f"Bars of the change of each column against the reference; {found}.",
        caption=f"Change by column. The dashed line is the least effect that counts as drift.{rest}",
    )
