"""The colours of a picture: one set for a page that chooses its own, one for a white PNG."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """A colour for each role, as ``#rrggbb``; the last five are a scale of values, apart for the colour-blind too."""

    ink: str
    muted: str
    line: str
    faint: str
    paper: str
    accent: str
    second: str
    good: str
    bad: str
    lowest: str
    lower: str
    midway: str
    higher: str
    highest: str

    @property
    def scale(self) -> tuple[str, ...]:
        """The colours of values, from the lowest to the highest."""
        return self.lowest, self.lower, self.midway, self.higher, self.highest


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
    lowest="#0f559b",
    lower="#5a89bb",
    midway="#8d8796",
    higher="#c67d3d",
    highest="#b3430a",
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
    lowest="#0a0b0a",
    lower="#0a0b0b",
    midway="#0a0b0c",
    higher="#0a0b0d",
    highest="#0a0b0e",
)
"""Colours nobody would choose: each is replaced by the page's variable of its name, so the page themes it."""
