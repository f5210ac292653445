"""The colours of a picture: one set for a page that chooses its own, one for a white PNG."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """A colour for each role, as ``#rrggbb``."""

    ink: str
    muted: str
    line: str
    faint: str
    paper: str
    accent: str
    second: str
    good: str
    bad: str


LIGHT = Palette(
    ink="#17202b",
    muted="#556272",
    line="#d8dee6",
    faint="#eef1f5",
    paper="#ffffff",
    accent="#1c5d99",
    second="#aa4b16",
    good="#17713f",
    bad="#ae2a20",
)

MARKERS = Palette(
    ink="#0a0b01",
    muted="#0a0b02",
    line="#0a0b03",
    faint="#0a0b04",
    paper="#0a0b05",
    accent="#0a0b06",
    second="#0a0b07",
    good="#0a0b08",
    bad="#0a0b09",
)
"""Colours nobody would choose: each is replaced by the page's variable of its name, so the page themes it."""
