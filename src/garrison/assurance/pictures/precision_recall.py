"""The precision-recall curve: how many of the alarms are true, as more of the positives are caught."""

from typing import TYPE_CHECKING

from garrison.assurance.pictures.canvas import axes, legend, percent, picture
from garrison.assurance.report.blocks import Picture
from garrison.evaluation import PrecisionRecallCurve

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette


def precision_recall_picture(curve: PrecisionRecallCurve) -> Picture:
    """Precision against recall, with the precision of flagging every row as a dashed line."""

    def draw(palette: "Palette") -> "Figure":
        figure, plot = axes(palette)
        label = f"detector, average precision {curve.average_precision:.4f}"
        plot.plot(
            curve.recall,
            curve.precision,
            color=palette.accent,
            linewidth=1.8,
            drawstyle="steps-pre",
            label=label,
        )
        base = f"flagging every row, {curve.prevalence:.1%}"
        plot.axhline(curve.prevalence, color=palette.muted, linewidth=1, linestyle=(0, (4, 3)), label=base)
        plot.set(xlim=(0, 1.01), ylim=(0, 1.02), xlabel="recall", ylabel="precision")
        percent(plot.xaxis)
        percent(plot.yaxis)
        legend(figure, palette, columns=1)
        return figure

    return picture(
        draw,
        alt=(
            f"Precision-recall curve. Average precision {curve.average_precision:.4f}; "
            f"flagging every row would have a precision of {curve.prevalence:.1%}."
        ),
        caption="Precision-recall curve, at the share of positives of this test part.",
    )
