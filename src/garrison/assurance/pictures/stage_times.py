"""How long each stage took."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from garrison.assurance.pictures.bars import Bar, bars
from garrison.assurance.pictures.canvas import picture
from garrison.assurance.report.blocks import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from garrison.assurance.pictures.palette import Palette


def stage_times_picture(stages: Sequence[tuple[str, float]]) -> Picture:
    """A bar for each pair of stage and seconds, in the order they ran."""

    def draw(palette: "Palette") -> "Figure":
        figure, plot = bars(palette, [Bar(name, seconds) for name, seconds in stages], label="seconds")
        widest = max([seconds for _, seconds in stages], default=0.0) or 1.0
        for place, (_, seconds) in enumerate(stages):
            plot.text(
                seconds + widest * 0.015,
                place,
                duration(seconds),
                va="center",
                color=palette.muted,
                fontsize=8.5,
            )
        plot.set_xlim(0, widest * 1.18)
        return figure

    said = "; ".join(f"{name} {duration(seconds)}" for name, seconds in stages)
    total = duration(sum(seconds for _, seconds in stages))
    return picture(draw, alt=f"Time by stage: {said}.", caption=f"Time by stage, {total} in all.")


def duration(seconds: float) -> str:
    """Seconds as a person reads them.

    >>> duration(0.04), duration(8.3), duration(75.0), duration(3900)
    ('0.04 s', '8.3 s', '1 min 15 s', '1 h 5 min')
    """
    if seconds < 0.1:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
