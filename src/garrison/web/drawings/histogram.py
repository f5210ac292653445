"""How scores lie between 0 and 1, and the threshold among them."""

from collections.abc import Sequence

from garrison.assurance import Picture
from garrison.web.drawings.svg import WIDTH, drawing, line, percent, rect, text

_TOP, _BOTTOM, _LEFT = 24, 118, 30


def histogram_drawing(
    edges: Sequence[float], counts: Sequence[float], *, threshold: float, caption: str, what: str = "events"
) -> Picture:
    """Bars of ``counts`` (n,) between ``edges`` (n + 1,) in [0, 1]; those at or above the threshold stand out.

    What lies in a wide part is spread over it: the area of a bar is its share.
    """
    total = sum(counts)
    spread = [
        count / max(high - low, 1e-9) for count, low, high in zip(counts, edges, edges[1:], strict=False)
    ]
    most = max([*spread, 1e-12])
    room, tall = WIDTH - _LEFT - 6, _BOTTOM - _TOP
    drawn = [
        line(_LEFT, _BOTTOM, WIDTH - 6, _BOTTOM, "d-line"),
        text(_LEFT - 4, _TOP + 4, percent(max(counts, default=0) / total) if total else "", anchor="end"),
        text(_LEFT - 4, _BOTTOM, "0", anchor="end"),
    ]
    for value, low, high in zip(spread, edges, edges[1:], strict=False):
        bar = tall * value / most
        kind = "d-second" if low >= threshold - 1e-9 else "d-accent"
        drawn.append(rect(_LEFT + room * low, _BOTTOM - bar, room * (high - low) - 0.6, bar, kind))
    at = _LEFT + room * threshold
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
        text(_LEFT + room * tick, _BOTTOM + 13, f"{tick:g}", anchor="middle")
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
