"""Two distributions of one column drawn together: in training, and now."""

from collections.abc import Sequence

from garrison.assurance import Picture
from garrison.web.drawings.svg import ROW, WIDTH, drawing, legend, line, percent, rect, short, text

_LEFT, _TOP = 104, 20


def pairs_drawing(
    name: str,
    parts: Sequence[str],
    reference: Sequence[float],
    current: Sequence[float],
    *,
    caption: str = "",
) -> Picture:
    """The shares of rows, in [0, 1], in each part of a column's range, of a reference and now; two bars a part."""
    most = max([0.01, *reference, *current])
    room = WIDTH - _LEFT - 62
    height = _TOP + ROW * len(parts) + 2
    drawn = legend([("in training", "d-accent"), ("now", "d-second")])
    for place, (part, old, new) in enumerate(zip(parts, reference, current, strict=True)):
        y = _TOP + place * ROW
        drawn.append(text(_LEFT - 6, y + 11.5, short(part, 16), "d-ink", anchor="end"))
        drawn.append(rect(_LEFT, y + 2, room * old / most, 6, "d-accent"))
        drawn.append(rect(_LEFT, y + 9, room * new / most, 6, "d-second"))
        drawn.append(text(WIDTH, y + 11.5, f"{percent(old)} → {percent(new)}", anchor="end"))
    drawn.append(line(_LEFT, _TOP, _LEFT, height - 2, "d-line"))
    moved = max(
        zip(parts, reference, current, strict=True), key=lambda each: abs(each[2] - each[1]), default=None
    )
    told = f"{moved[0]} from {moved[1]:.1%} to {moved[2]:.1%}" if moved else "nothing"
    return drawing(
        drawn,
        height=height,
        alt=f"Bars of {name} in training and now; the largest change is {told}.",
        caption=caption or f"{name}: in training and now, as shares of the rows.",
    )
