"""How scores lie between 0 and 1, and the threshold among them."""

import math
from collections.abc import Sequence

from garrison.assurance import Picture
from garrison.web.drawings.svg import WIDTH, drawing, line, percent, rect, text, wide

_TOP, _BOTTOM, _LEFT = 24, 118, 30
_HALF = 0.5
"""Rows from where on a logarithmic axis begins."""


def histogram_drawing(
    edges: Sequence[float],
    counts: Sequence[float],
    *,
    threshold: float,
    caption: str,
    what: str = "events",
    logarithmic: bool = False,
) -> Picture:
    """Bars of ``counts`` (n,) between ``edges`` (n + 1,) in [0, 1]; those at or above the threshold stand out.

    What lies in a wide part is spread over it: the area of a bar is its share. With a logarithmic axis the height of
    a bar says its count, so that few beside many stay visible; the parts are then all of one width.
    """
    total = sum(counts)
    heights, ticks = _logarithmic(counts) if logarithmic else _linear(edges, counts)
    left = max([_LEFT, *(wide(said) + 6 for _, said in ticks)])
    room, tall = WIDTH - left - 6, _BOTTOM - _TOP
    drawn = [line(left, _BOTTOM, WIDTH - 6, _BOTTOM, "d-line")]
    for height, said in ticks:
        y = _BOTTOM - tall * height
        drawn.append(text(left - 4, y + 4 * height, said, anchor="end"))
        if logarithmic:
            drawn.append(line(left, y, WIDTH - 6, y, "d-faint"))
    for height, low, high in zip(heights, edges, edges[1:], strict=False):
        bar = tall * height
        kind = "d-second" if low >= threshold - 1e-9 else "d-accent"
        drawn.append(rect(left + room * low, _BOTTOM - bar, room * (high - low) - 0.6, bar, kind))
    at = left + room * threshold
    anchor = "end" if threshold > 0.6 else "start"
    drawn.append(line(at, _TOP - 6, at, _BOTTOM, "d-mark"))
    drawn.append(
        text(
            at + (-4 if anchor == "end" else 4),
            _TOP - 9,
            f"threshold {threshold:.3f}",
            "d-ink",
            anchor=anchor,
        )
    )
    drawn += [
        text(left + room * tick, _BOTTOM + 13, f"{tick:g}", anchor="middle")
        for tick in (0, 0.25, 0.5, 0.75, 1)
    ]
    above = sum(count for count, low in zip(counts, edges, strict=False) if low >= threshold - 1e-9)
    share = (
        f"about {above / total:.1%} lie at or above the threshold {threshold:.3f}"
        if total
        else "there are none"
    )
    return drawing(
        drawn, height=_BOTTOM + 18, alt=f"Histogram of the scores of {what}: {share}.", caption=caption
    )


Ticks = list[tuple[float, str]]


def _linear(edges: Sequence[float], counts: Sequence[float]) -> tuple[list[float], Ticks]:
    """How high bars are, in [0, 1], and what stands beside the axis at which height."""
    total = sum(counts)
    spread = [
        count / max(high - low, 1e-9) for count, low, high in zip(counts, edges, edges[1:], strict=False)
    ]
    most = max([*spread, 1e-12])
    top = percent(max(counts, default=0) / total) if total else ""
    return [each / most for each in spread], [(1.0, top), (0.0, "0")]


def _logarithmic(counts: Sequence[float]) -> tuple[list[float], Ticks]:
    """The same from half a row up, as the histogram of a run's report has it; every power of ten stands there.

    >>> heights, ticks = _logarithmic([0, 1, 10, 1000])
    >>> heights[0], heights[3], [said for _, said in ticks]
    (0.0, 1.0, ['1', '10', '100', '1,000'])
    """
    decades = math.log10(max([*counts, 1.0]) / _HALF)
    heights = [max(math.log10(max(count, _HALF) / _HALF), 0.0) / decades for count in counts]
    powers = range(int(decades - math.log10(1 / _HALF) + 1e-9) + 1)
    step = 1 + len(powers) // 5
    return heights, [(math.log10(10**power / _HALF) / decades, f"{10**power:,}") for power in powers[::step]]
