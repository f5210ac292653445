"""The confusion matrix: what was flagged, rightly and wrongly."""

from typing import TYPE_CHECKING

from garrison.assurance.pictures.canvas import axes, picture, shortened
from garrison.assurance.report.blocks import Picture
from garrison.evaluation import Confusion

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette


def confusion_picture(
    confusion: Confusion, *, positive: str = "positive", negative: str = "negative"
) -> Picture:
    """The four counts, each with its share of the true class; the classes go by the names given."""
    cells = (
        (confusion.true_positives, confusion.false_negatives),
        (confusion.false_positives, confusion.true_negatives),
    )
    names = (shortened(positive, 16), shortened(negative, 16))

    def draw(palette: "Palette") -> "Figure":
        from matplotlib.patches import Rectangle

        figure, plot = axes(palette, height=2.9)
        plot.grid(visible=False)
        plot.spines[:].set_visible(False)
        for row, counts in enumerate(cells):
            for column, count in enumerate(counts):
                share = count / max(sum(counts), 1)
                colour = palette.accent if row == column else palette.second
                plot.add_patch(
                    Rectangle(
                        (column, row), 0.97, 0.95, facecolor=colour, alpha=0.10 + 0.35 * share, linewidth=0
                    )
                )
                middle = column + 0.485
                plot.text(
                    middle, row + 0.42, f"{count:,}", ha="center", va="center", color=palette.ink, fontsize=15
                )
                plot.text(
                    middle,
                    row + 0.68,
                    f"{share:.1%} of {names[row]}",
                    ha="center",
                    va="center",
                    color=palette.ink,
                    fontsize=8.5,
                )
        plot.set(xlim=(0, 1.97), ylim=(1.95, 0))
        plot.set_xticks([0.485, 1.485], [f"flagged as {names[0]}", "not flagged"])
        plot.set_yticks([0.475, 1.475], [f"truly\n{name}" for name in names])
        plot.xaxis.tick_top()
        return figure

    return picture(
        draw,
        alt=(
            f"Confusion matrix: {confusion.true_positives:,} true positives, "
            f"{confusion.false_negatives:,} false negatives, {confusion.false_positives:,} false positives, "
            f"{confusion.true_negatives:,} true negatives."
        ),
        caption="Confusion matrix at the chosen threshold; shares are of the true class.",
    )
