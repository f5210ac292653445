"""Two distributions of one column drawn together: in training, and now."""

from collections.abc import Sequence

from garrison.assurance import Picture
from garrison.assurance.pictures.shares import shares_in_words
from garrison.web.drawings.svg import ROW, WIDTH, drawing, fitted, legend, line, percent, rect, text, wide

_TOP, _WIDEST = 20, 124
"""Where the bars begin, and how wide the names of parts may be."""


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
    values = [f"{percent(old)} → {percent(new)}" for old, new in zip(reference, current, strict=True)]
    left = min(max((wide(part, 10) for part in parts), default=0), _WIDEST) + 8
    room = WIDTH - left - max(map(wide, values), default=0) - 6
    height = _TOP + ROW * len(parts) + 2
    drawn = legend([("in training", "d-accent"), ("now", "d-second")])
    for place, (part, old, new) in enumerate(zip(parts, reference, current, strict=True)):
        y = _TOP + place * ROW
        drawn.append(text(left - 6, y + 11.5, fitted(part, _WIDEST, 10), "d-ink", anchor="end"))
        drawn.append(rect(left, y + 2, room * old / most, 6, "d-accent"))
        drawn.append(rect(left, y + 9, room * new / most, 6, "d-second"))
        drawn.append(text(WIDTH, y + 11.5, values[place], anchor="end"))
    drawn.append(line(left, _TOP, left, height - 2, "d-line"))
    return drawing(
        drawn,
        height=height,
        alt=shares_in_words(name, parts, reference, current),
        caption=caption or f"{name}: in training and now, as shares of the rows.",
    )
