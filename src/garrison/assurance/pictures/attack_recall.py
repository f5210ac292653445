"""Which kinds of attack are found, and which were found by a model that had never seen them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from garrison.assurance.pictures.bars import Bar, bars
from garrison.assurance.pictures.canvas import legend, percent, picture
from garrison.assurance.report.blocks import Picture
from garrison.evaluation import AttackRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette


def attack_recall_picture(
    rows: Sequence[AttackRow], *, held_out: Mapping[str, float] | None = None, most: int = 30
) -> Picture:
    """The recall of each kind of attack at the threshold, with its interval and its number of rows.

    ``held_out`` is the recall of a kind by models that were trained without it, drawn as a diamond. Of more kinds
    than ``most``, those that come first are shown.
    """
    shown = tuple(rows[:most])
    unseen = {row.attack: held_out[row.attack] for row in shown if held_out and row.attack in held_out}

    def draw(palette: "Palette") -> "Figure":
        lines = [Bar(row.attack, row.recall.value, row.recall.low, row.recall.high) for row in shown]
        figure, plot = bars(palette, lines, label="recall at the threshold")
        if shown:
            _counts(plot, palette, shown)
        if unseen:
            places = [place for place, row in enumerate(shown) if row.attack in unseen]
            plot.plot(
                list(unseen.values()),
                places,
                "D",
                markersize=5.5,
                color=palette.second,
                markeredgecolor=palette.paper,
                markeredgewidth=0.8,
                clip_on=False,
                zorder=4,
                label="the kind held out of training",
            )
            legend(figure, palette)
        plot.set_xlim(0, 1)
        percent(plot.xaxis)
        return figure

    return picture(
        draw,
        alt=f"Recall by kind of attack. {_said(shown, unseen)}",
        caption=(
            f"Recall by kind of attack at the threshold, with {_level(shown)}intervals."
            + (" A diamond: recall of the kind by models trained without it." if unseen else "")
            + (f" The {len(shown)} most frequent of {len(rows)} kinds." if len(shown) < len(rows) else "")
        ),
    )


def _counts(plot: "Axes", palette: "Palette", shown: Sequence[AttackRow]) -> None:
    """The number of rows of each kind, in a column right of the bars."""
    said = {-1: "rows"} | {place: f"{row.rows:,}" for place, row in enumerate(shown)}
    width = 5.8 * max(len(text) for text in said.values())
    for place, text in said.items():
        plot.annotate(
            text,
            xy=(1, max(place, -0.75)),
            xycoords=plot.get_yaxis_transform(),
            xytext=(7 + width, 0),
            textcoords="offset points",
            ha="right",
            va="center" if place >= 0 else "bottom",
            color=palette.muted,
            fontsize=8.5,
        )


def _level(shown: Sequence[AttackRow]) -> str:
    return f"{shown[0].recall.level * 100:g}% " if shown else ""


def _said(shown: Sequence[AttackRow], unseen: Mapping[str, float]) -> str:
    if not shown:
        return "There is none."
    parts = []
    for row in shown:
        without = f", {unseen[row.attack]:.0%} when held out of training" if row.attack in unseen else ""
        parts.append(f"{row.attack} {row.recall.value:.0%} of {row.rows:,}{without}")
    return "; ".join(parts) + "."
