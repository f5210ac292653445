"""How many events a second came, and how many of them were flagged, over the last minutes."""

from collections.abc import Sequence

from garrison.assurance import Picture
from garrison.web.drawings.svg import WIDTH, drawing, legend, line, path, text

_TOP, _BOTTOM, _LEFT = 26, 116, 34


def timeline_drawing(events: Sequence[float], flagged: Sequence[float], *, seconds: float) -> Picture:
    """Two lines over the last ``seconds``: events a second, and flagged ones, each ``(n,)``, the oldest first."""
    most = max([*events, *flagged, 0.0])
    top = _round_up(most) if most > 0 else 1
    room, tall = WIDTH - _LEFT - 6, _BOTTOM - _TOP

    def points(values: Sequence[float]) -> list[tuple[float, float]]:
        step = room / max(len(values) - 1, 1)
        return [(_LEFT + step * place, _BOTTOM - tall * value / top) for place, value in enumerate(values)]

    drawn = legend([("events a second", "d-accent"), ("flagged", "d-second")])
    drawn += [
        line(_LEFT, _BOTTOM, WIDTH - 6, _BOTTOM, "d-line"),
        line(_LEFT, _TOP, WIDTH - 6, _TOP, "d-faint"),
        text(_LEFT - 4, _TOP + 4, f"{top:g}", anchor="end"),
        text(_LEFT - 4, _BOTTOM, "0", anchor="end"),
        text(_LEFT, _BOTTOM + 13, _ago(seconds)),
        text(WIDTH - 6, _BOTTOM + 13, "now", anchor="end"),
    ]
    if len(events) > 1:
        drawn += [path(points(events), "d-accent-line"), path(points(flagged), "d-second-line")]
    now = f"{events[-1]:.3g} events a second, {flagged[-1]:.3g} of them flagged" if events else "nothing yet"
    return drawing(
        drawn,
        height=_BOTTOM + 18,
        alt=f"Lines of events and flagged events a second over the last {seconds / 60:.0f} minutes; at the end {now}.",
        caption="Events a second, and those that were flagged.",
    )


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, … times a power of ten.

    >>> _round_up(0.13), _round_up(7), _round_up(1200)
    (0.2, 10, 2000)
    """
    power = 1.0
    while power < value:
        power *= 10
    while power >= value * 10:
        power /= 10
    rounded = next(each * power / 10 for each in (1, 2, 5, 10) if each * power / 10 >= value * (1 - 1e-9))
    return float(f"{rounded:.6g}") if rounded < 1 else round(rounded)


def _ago(seconds: float) -> str:
    return f"{seconds:.0f} s ago" if seconds < 90 else f"{seconds / 60:.0f} min ago"
