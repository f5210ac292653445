"""What one part of a scorecard says: figures, how they were measured, and when not to believe them."""

from typing import Any

from pydantic import BaseModel, ConfigDict, FiniteFloat, JsonValue

from garrison.assurance.figure_names import Better, figure_name


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Doubt(_Told):
    """A reason not to believe a figure; the page of scorecards explains each ``name``."""

    name: str
    why: str


class Figure(_Told):
    """One measured number, its 95 % interval where it has one, how it was measured, and when not to believe it."""

    name: str
    title: str
    value: FiniteFloat
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    unit: str = ""
    better: Better
    protocol: str
    doubts: tuple[Doubt, ...] = ()

    @classmethod
    def measured(
        cls,
        name: str,
        value: float,
        *,
        protocol: str,
        low: float | None = None,
        high: float | None = None,
        doubts: tuple[Doubt, ...] = (),
    ) -> "Figure":
        """A figure by its name, which says its title, its unit and which way is better.

        >>> Figure.measured("latency.p50_ms", 0.05, protocol="2,000 events").unit
        'ms'
        """
        known = figure_name(name)
        return cls(
            name=known.text,
            title=known.title,
            value=float(value),
            low=None if low is None else float(low),
            high=None if high is None else float(high),
            unit=known.unit,
            better=known.better,
            protocol=protocol,
            doubts=doubts,
        )

    def __str__(self) -> str:
        """The value with its interval and its unit."""
        text = self.shown(self.value)
        if self.low is not None and self.high is not None:
            text = f"{text} [{self.shown(self.low)}, {self.shown(self.high)}]"
        return f"{text} {self.unit}".rstrip()

    def shown(self, value: float) -> str:
        """A value of this figure as people read it: a share with three decimals, a count whole."""
        if abs(value) >= 1000 or (self.low is None and value == round(value)):
            return f"{value:,.0f}"
        return f"{value:.3g}" if self.unit else f"{value:.3f}"


class Curve(_Told):
    """Lines over one axis, by their names; each is points (x, y) in the order of x."""

    title: str
    x: str
    y: str
    lines: dict[str, tuple[tuple[FiniteFloat, FiniteFloat], ...]]


class Grid(_Told):
    """A table: heads, and rows of JSON values."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[JsonValue, ...], ...]


class Part(_Told):
    """One part of a scorecard, measured by one protocol; ``not_measured`` says why there are no figures."""

    name: str
    title: str
    protocol: str
    figures: tuple[Figure, ...] = ()
    curves: tuple[Curve, ...] = ()
    tables: tuple[Grid, ...] = ()
    notes: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    cut: bool = False
    seconds: FiniteFloat = 0.0
    not_measured: str | None = None

    def values(self) -> dict[str, Any]:
        """The figures by name."""
        return {figure.name: figure.value for figure in self.figures}
