"""What raises a score and what lowers it: bars to the right and to the left."""

from collections.abc import Sequence

from garrison.assurance import Picture
from garrison.web.drawings.svg import ROW, WIDTH, drawing, line, rect, short, text

_MIDDLE, _TOP = 192, 4


def effects_drawing(effects: Sequence[tuple[str, float]], *, caption: str) -> Picture:
    """One bar for each name; values in [-1, 1], the strongest first."""
    most = max([1e-9, *(abs(value) for _, value in effects)])
    room = WIDTH - _MIDDLE - 40
    drawn = []
    for place, (name, value) in enumerate(effects):
        y = _TOP + place * ROW
        bar = room * abs(value) / most
        drawn.append(text(0, y + 12, short(name, 24), "d-ink"))
        drawn.append(
            rect(_MIDDLE - (bar if value < 0 else 0), y + 3, bar, 11, "d-second" if value > 0 else "d-accent")
        )
        said = f"{value:+.3f}".replace("-", "−")
        at = _MIDDLE + bar + 3 if value > 0 else _MIDDLE + 3
        drawn.append(text(at, y + 12, said))
    height = _TOP + ROW * max(len(effects), 1) + 2
    drawn.append(line(_MIDDLE, _TOP, _MIDDLE, height - 2, "d-line"))
    told = "; ".join(f"{name} {value:+.3f}" for name, value in effects)
    return drawing(
        drawn, height=height, alt=f"Bars of what each feature adds to the score: {told}.", caption=caption
    )
