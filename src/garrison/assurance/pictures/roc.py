"""The ROC curve on a logarithmic axis of false positives: a detector lives at its left end."""

from typing import TYPE_CHECKING

import numpy as np

from garrison.assurance.pictures.canvas import axes, legend, percent, picture
from garrison.assurance.report.blocks import Picture
from garrison.evaluation import RocCurve

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette


def roc_picture(curve: RocCurve, *, fpr: float = 0.01) -> Picture:
    """Recall against false-positive rate, with the highest recall at a rate of at most ``fpr`` marked.

    ``fpr`` is best one of the ``marks`` of the curve: at another rate a thinned curve can read a little low.
    """
    reached = float(curve.recall[curve.false_positive_rate <= fpr].max())
    positive = curve.false_positive_rate[curve.false_positive_rate > 0]
    left = min(10.0 ** np.floor(np.log10(max(float(positive.min()), 1e-6))), fpr / 10)

    def draw(palette: "Palette") -> "Figure":
        figure, plot = axes(palette)
        rate = np.maximum(curve.false_positive_rate, left)
        label = f"detector, AUC {curve.auc:.4f}"
        plot.plot(
            rate, curve.recall, color=palette.accent, linewidth=1.8, drawstyle="steps-post", label=label
        )
        chance = np.geomspace(left, 1, 60)
        plot.plot(chance, chance, color=palette.muted, linewidth=1, linestyle=(0, (4, 3)), label="chance")
        plot.plot([fpr, fpr], [0, reached], color=palette.second, linewidth=1)
        point = f"recall {reached:.1%} at {fpr * 100:.3g}% FPR"
        plot.plot([fpr], [reached], "o", color=palette.second, markersize=5.5, label=point)
        plot.set_xscale("log")
        plot.set(xlim=(left, 1), ylim=(0, 1.02), xlabel="false-positive rate (logarithmic)", ylabel="recall")
        plot.minorticks_off()
        percent(plot.xaxis)
        percent(plot.yaxis)
        legend(figure, palette)
        return figure

    return picture(
        draw,
        alt=(
            f"ROC curve with a logarithmic axis of false positives. Area under the curve {curve.auc:.4f}; "
            f"recall {reached:.1%} at a false-positive rate of at most {fpr * 100:.3g}%."
        ),
        caption="ROC curve. The axis of false positives is logarithmic: what matters is at its left end.",
    )
