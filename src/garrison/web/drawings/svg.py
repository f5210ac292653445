"""Elements of SVG as text: numbers are short, and whatever comes from data is escaped."""

from collections.abc import Sequence

from markupsafe import escape

from garrison.assurance import Picture

WIDTH = 290
"""Of a drawing, in its own units: narrow enough that its type is readable on a phone."""

ROW = 18
"""The height of a line of bars."""


_NARROW = frozenset("ijlftI.,:;'|!()[]/ ")
_WIDE = frozenset("mwMWOQ%@→…")


def rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    """A rectangle of a class of the style sheet."""
    sizes = f'x="{x:.2f}" y="{y:.2f}" width="{max(width, 0):.2f}" height="{max(height, 0):.2f}"'
    return f'<rect class="{kind}" {sizes}/>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line."""
    return f'<line class="{kind}" x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}"/>'


def path(points: Sequence[tuple[float, float]], kind: str) -> str:
    """A line through points."""
    said = " ".join(f"{'L' if place else 'M'}{x:.2f} {y:.2f}" for place, (x, y) in enumerate(points))
    return f'<path class="{kind}" d="{said}"/>'


def text(x: float, y: float, said: str, kind: str = "d-text", *, anchor: str = "start") -> str:
    """A line of text."""
    return f'<text class="{kind}" x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}">{escape(said)}</text>'


def legend(names: Sequence[tuple[str, str]]) -> list[str]:
    """Names beside squares of their class, in one line at the top; eleven units high."""
    parts, x = [], 0.0
    for name, kind in names:
        parts += [rect(x, 1, 9, 9, kind), text(x + 13, 9.5, name, "d-ink")]
        x += 26 + 5.6 * len(name)
    return parts


def drawing(parts: Sequence[str], *, height: float, alt: str, caption: str, width: float = WIDTH) -> Picture:
    """The parts as a picture of the house."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" aria-hidden="true" '
        f'focusable="false">{"".join(parts)}</svg>'
    )
    return Picture(svg=svg, alt=alt, caption=caption)


def wide(said: str, size: float = 9.5) -> float:
    """About how wide a text is, in a wide sans-serif font, so that others stay within it too.

    >>> wide("ill.") < wide("MMM%")
    True
    """
    return size * sum(0.36 if each in _NARROW else 0.95 if each in _WIDE else 0.64 for each in said)


def fitted(name: str, room: float, size: float = 9.5) -> str:
    """A name that fits into this width, its middle left out where it does not.

    >>> fitted("dst_port", 60), fitted("past_600s_sum_payload_len", 60)
    ('dst_port', 'past_…_len')
    """
    most = len(name)
    while most > 3 and wide(short(name, most), size) > room:
        most -= 1
    return short(name, most)


def short(name: str, most: int) -> str:
    """A name that fits, its middle left out where it is long."""
    return name if len(name) <= most else f"{name[: most // 2]}…{name[-(most - most // 2 - 1) :]}"


def percent(share: float) -> str:
    """A share as a person reads it.

    >>> percent(0.25), percent(0.004), percent(0)
    ('25%', '0.4%', '0%')
    """
    return f"{100 * share:.2g}%" if share < 0.1 else f"{100 * share:.0f}%"
