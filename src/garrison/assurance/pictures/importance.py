"""Feature importance as bars."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from garrison.assurance.pictures.bars import Bar, bars
from garrison.assurance.pictures.canvas import picture
from garrison.assurance.report.blocks import Picture
from garrison.evaluation import FeatureImportance

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette


def importance_picture(
    importances: Sequence[FeatureImportance], *, metric: str = "the metric", most: int = 15
) -> Picture:
    """The loss of the metric when each feature is shuffled, with its interval, for the ``most`` important."""
    shown = importances[:most]

    def draw(palette: "Palette") -> "Figure":
        rows = [Bar(each.name, each.mean, each.low, each.high) for each in shown]
        return bars(palette, rows, label=f"loss of {metric}")[0]

    first = ", ".join(f"{each.name} ({each.mean:.3g})" for each in shown[:3])
    rest = (
        f" The {len(shown)} most important of {len(importances)} are shown." if shown != importances else ""
    )
    return picture(
        draw,
        alt=f"Bars of feature importance. The most important: {first or 'none'}.",
        caption=f"Permutation importance with 95% intervals over the shuffles.{rest}",
    )
