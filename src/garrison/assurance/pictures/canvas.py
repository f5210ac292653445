"""How a drawing becomes a picture: SVG that follows the page's colours and type, or a PNG."""

import contextlib
import hashlib
import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from garrison.assurance.pictures.palette import LIGHT, MARKERS, Palette
from garrison.assurance.report.blocks import Picture
from garrison.errors import UsageError
from garrison.files import atomic_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

WIDTH = 4.3
"""Inches: narrow enough that the type is still readable on a phone."""


def picture(draw: "Callable[[Palette], Figure]", *, alt: str, caption: str) -> Picture:
    """Draw and keep as inline SVG; equal drawings give equal bytes.

    Colours become the page's CSS variables and text stays text in the page's own type, so that the picture
    reads on a light and on a dark page and can be searched.
    """
    with _settings():
        figure = draw(MARKERS)
        held = io.BytesIO()
        figure.savefig(held, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return Picture(svg=_inline(held.getvalue().decode()), alt=alt, caption=caption, draw=draw)


def save_png(picture: Picture, path: Path) -> Path:
    """Save a picture as a PNG on white, whole or not at all; equal pictures give equal bytes.

    Raises ``UsageError`` for a picture that was not drawn here, ``OutputError`` when the file cannot be
    written.
    """
    if picture.draw is None:
        raise UsageError(
            "this picture cannot be saved as PNG",
            where=picture.caption,
            expected="a picture drawn by Garrison",
        )
    with _settings():
        figure = picture.draw(LIGHT)
        with atomic_file(path) as temporary:
            figure.savefig(
                temporary, format="png", dpi=144, facecolor=LIGHT.paper, metadata={"Software": None}
            )
    return path


def axes(palette: Palette, *, height: float = 3.3) -> "tuple[Figure, Axes]":
    """A figure with one pair of axes in the house style; ``height`` in inches."""
    figure, plots = panels(palette, heights=(height,))
    return figure, plots[0]


def panels(palette: Palette, *, heights: Sequence[float]) -> "tuple[Figure, list[Axes]]":
    """A figure with pairs of axes above each other that share the lower one; ``heights`` in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, sum(heights)), layout="constrained")
    ratios = {"height_ratios": list(heights)}
    plots = figure.subplots(len(heights), sharex=True, squeeze=False, gridspec_kw=ratios)[:, 0].tolist()
    for plot in plots:
        _house_style(plot, palette)
    return figure, plots


def _house_style(plot: "Axes", palette: Palette) -> None:
    plot.spines[["top", "right"]].set_visible(False)
    for side in ("left", "bottom"):
        plot.spines[side].set_color(palette.line)
    plot.tick_params(colors=palette.muted, length=0, labelsize=9, pad=5)
    plot.xaxis.label.set_color(palette.muted)
    plot.yaxis.label.set_color(palette.muted)
    plot.grid(color=palette.line, linewidth=0.6)
    plot.set_axisbelow(True)


def legend(figure: "Figure", palette: Palette, *, columns: int = 2) -> None:
    """A legend above the axes, where it hides nothing, in the ink of the page."""
    figure.legend(
        loc="outside upper left",
        ncols=columns,
        frameon=False,
        labelcolor=palette.ink,
        fontsize=9,
        borderaxespad=0.2,
    )


def percent(axis: "Axis") -> None:
    """Write the ticks of an axis of shares as per cent, such as 0.01 as 1%."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{share * 100:.6g}%"))


def shortened(name: str, most: int = 26) -> str:
    """A name that fits beside a bar: its middle is left out when it is long.

    >>> shortened("a_very_long_name_of_a_feature_in_a_table")
    'a_very_long_n…e_in_a_table'
    """
    if len(name) <= most:
        return name
    return f"{name[: most // 2]}…{name[len(name) - (most - most // 2 - 1) :]}"


@contextlib.contextmanager
def _settings() -> Iterator[None]:
    """Matplotlib's own defaults and ours, whatever the user's settings are; put back afterwards."""
    import matplotlib

    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(
            {
                "svg.fonttype": "none",
                "svg.hashsalt": "garrison",
                "font.family": "DejaVu Sans",
                "font.size": 9.5,
                "text.parse_math": False,
                "axes.labelsize": 9.5,
            }
        )
        yield


def _inline(svg: str) -> str:
    """SVG fit to stand in a page: no prologue, no fixed size, own ids, the page's colours and type."""
    head, body = svg[svg.index("<svg") :].strip().split(">", 1)
    box = re.findall(r'viewBox="[^"]+"', head)[0]
    body = re.sub(r"<metadata>.*?</metadata>\s*|<style .*?</style>\s*", "", body, flags=re.DOTALL)
    body = body.replace("'DejaVu Sans'", "var(--sans, sans-serif)")
    for role, marker in asdict(MARKERS).items():
        body = body.replace(marker, f"var(--{role})")
    referred = set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', body))
    wanted = {name for pair in referred for name in pair}
    body = re.sub(r' id="([^"]*)"', lambda found: found.group() if found[1] in wanted else "", body)
    own = "p" + hashlib.sha256(body.encode()).hexdigest()[:8]
    body = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{own}-", body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box} '
        f'style="stroke-linejoin: round; stroke-linecap: butt" aria-hidden="true" focusable="false">{body}'
    )
