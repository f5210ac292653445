"""A curve in the unit square, beside the diagonal."""

from collections.abc import Sequence

from garrison.assurance import Picture
from garrison.web.drawings.svg import WIDTH, drawing, line, path, text

_TOP, _BOTTOM, _LEFT = 10, 118, 34


def curve_drawing(
    points: Sequence[tuple[float, float]], *, across: str, up: str, alt: str, caption: str
) -> Picture:
    """A line through points of [0, 1] × [0, 1], the axes named ``across`` and ``up``."""
    room, tall = WIDTH - _LEFT - 6, _BOTTOM - _TOP

    def at(x: float, y: float) -> tuple[float, float]:
        return _LEFT + room * x, _BOTTOM - tall * y

    drawn = [
        line(*at(0, 0), *at(1, 0), "d-line"),
        line(*at(0, 0), *at(0, 1), "d-line"),
        line(*at(0, 0), *at(1, 1), "d-faint"),
        text(_LEFT - 4, _TOP + 4, "1", anchor="end"),
        text(_LEFT - 4, _BOTTOM, "0", anchor="end"),
        text(_LEFT + 5, _TOP + 6, up),
        text(WIDTH - 6, _BOTTOM + 13, across, anchor="end"),
    ]
    drawn += [
        text(_LEFT + room * tick, _BOTTOM + 13, f"{tick:g}", anchor="middle") for tick in (0, 0.25, 0.5, 0.75)
    ]
    drawn.append(path([at(x, y) for x, y in points], "d-accent-line"))
    return drawing(drawn, height=_BOTTOM + 18, alt=alt, caption=caption)
