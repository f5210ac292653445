"""The leaderboard: each candidate's score with its interval."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from garrison.assurance.pictures.bars import Bar, points
from garrison.assurance.pictures.canvas import picture
from garrison.assurance.report.blocks import Picture
from garrison.evaluation import Interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette


def leaderboard_picture(scores: Mapping[str, Interval], *, metric: str, chosen: str = "") -> Picture:
    """A point with a whisker for each candidate, in the order given; the ``chosen`` one stands out."""

    def draw(palette: "Palette") -> "Figure":
        rows = [
            Bar(name, score.value, score.low, score.high, stressed=name == chosen)
            for name, score in scores.items()
        ]
        return points(palette, rows, label=metric)[0]

    said = "; ".join(f"{name} {score}" for name, score in scores.items())
    level = next((f"{score.level * 100:g}% " for score in scores.values()), "")
    return picture(
        draw,
        alt=f"Leaderboard by {metric}: {said}.",
        caption=f"Candidates by {metric}, with {level}intervals{f'; {chosen} was chosen' if chosen else ''}.",
    )
