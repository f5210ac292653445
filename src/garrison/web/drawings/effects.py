"""What raises a score and what lowers it: bars to the right and to the left, each under its name."""

from collections.abc import Sequence

from garrison.assurance import Picture
from garrison.web.drawings.svg import WIDTH, drawing, fitted, line, rect, text

_TOP, _ROW, _VALUE = 2, 28, 40
"""Where the first row begins, how high one is, and how wide the number beside a bar."""


def effects_drawing(effects: Sequence[tuple[str, float]], *, caption: str) -> Picture:
    """One bar for each name; values in [-1, 1], the strongest first."""
    up = max([0.0, *(value for _, value in effects)])
    down = max([0.0, *(-value for _, value in effects)])
    before, after = (_VALUE if down else 0), (_VALUE if up else 0)
    scale = (WIDTH - before - after - 2) / max(up + down, 1e-9)
    middle = 1 + before + scale * down
    drawn = []
    for place, (name, value) in enumerate(effects):
        y, bar = _TOP + place * _ROW, scale * abs(value)
        drawn.append(text(0, y + 10, fitted(name, WIDTH, 10), "d-ink"))
        drawn.append(
            rect(middle - (bar if value < 0 else 0), y + 14, bar, 10, "d-second" if value > 0 else "d-accent")
        )
        drawn.append(line(middle, y + 13, middle, y + 25, "d-line"))
        said, side = f"{value:+.3f}".replace("-", "−"), 1 if value > 0 else -1
        drawn.append(text(middle + side * (bar + 3), y + 22.5, said, anchor="start" if value > 0 else "end"))
    told = "; ".join(f"{name} {value:+.3f}" for name, value in effects)
    return drawing(
        drawn,
        height=_TOP + _ROW * max(len(effects), 1),
        alt=f"Bars of what each feature adds to the score: {told}.",
        caption=caption,
    )
