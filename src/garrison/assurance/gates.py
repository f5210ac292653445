"""Gates: bounds that a model's figures must keep before it may go into production, as values of the settings.

A gate is a measured name and a bound: ``{"recall@fpr=0.01": ">= 0.8", "evasion.detection@cost=2": ">= 0.9"}``. The
names are those of the metrics and of whatever else a scorecard measures (``figure_names``).
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, FiniteFloat

from garrison.assurance.figure_names import FigureName, figure_name
from garrison.errors import SettingsError

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_BOUND = re.compile(
    r"\s*(?P<sign>>=|<=|>|<)\s*(?P<number>[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?)\s*", re.IGNORECASE
)


class Gate(BaseModel):
    """One bound on one figure.

    >>> gate = Gate.read("recall@fpr=0.01", ">= 0.8")
    >>> gate.judge(0.83).passed, gate.judge(0.79).passed, gate.judge(None).passed
    (True, False, False)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sign: str
    bound: FiniteFloat

    @classmethod
    def read(cls, name: str, bound: str) -> "Gate":
        """The gate as the settings state it; raises ``SettingsError`` for an unknown figure or an odd bound."""
        figure = figure_name(name)
        found = _BOUND.fullmatch(bound)
        if found is None or not math.isfinite(float(found["number"])):
            raise SettingsError(
                f"not a bound: {bound!r}",
                where=name,
                expected="a sign and a number, such as '>= 0.8' or '<= 0.05'",
                remedy="quote it in YAML, where > begins a text",
            )
        number = float(found["number"])
        if not 0 <= number <= figure.top:
            raise SettingsError(
                f"{name} can never be {bound.strip()}, or always is",
                expected="a bound from 0" + (f" to {figure.top:g}" if math.isfinite(figure.top) else " up"),
            )
        return cls(name=figure.text, sign=found["sign"], bound=number)

    @property
    def figure(self) -> FigureName:
        """What it bounds."""
        return figure_name(self.name)

    def judge(self, value: float | None, *, doubted: str = "") -> "GateResult":
        """Whether ``value`` keeps the bound; one that was not measured, or is no number, does not.

        Nor does a value that would keep it but is ``doubted``, for the reason given.
        """
        known = value if value is not None and math.isfinite(value) else None
        passed = known is not None and _COMPARE[self.sign](known, self.bound)
        said = ""
        if known is None:
            said = "not measured"
        elif not passed:
            said = f"missed by {abs(known - self.bound):.4g}"
        elif doubted:
            passed, said = False, f"not to be believed: {doubted}"
        return GateResult(
            name=self.name, bound=f"{self.sign} {_shown(self.bound)}", value=known, passed=passed, said=said
        )


def _shown(bound: float) -> str:
    """All of its digits, so that it can be read again.

    >>> _shown(1234567.0), _shown(0.1), _shown(1e-7)
    ('1234567', '0.1', '1e-07')
    """
    return repr(bound).removesuffix(".0")


class GateResult(BaseModel):
    """What was measured at a gate, its bound as text, and whether it was kept; None: it could not be measured.

    ``said`` is by how much it was missed, in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    bound: str
    value: FiniteFloat | None
    passed: bool
    said: str = ""

    def __str__(self) -> str:
        """The gate, its bound, the value, and by how much it was missed."""
        if self.value is None:
            return f"{self.name} {self.bound}: not measured"
        said = f" ({self.said})" if self.said else ""
        return f"{self.name} {self.bound}: {self.value:.4f}{said}"


def read_gates(stated: Mapping[str, str | None]) -> tuple[Gate, ...]:
    """The gates of the settings; one whose bound is None is switched off. Raises ``SettingsError``."""
    return tuple(Gate.read(name, bound) for name, bound in stated.items() if bound is not None)


def judge_gates(gates: tuple[Gate, ...], values: Mapping[str, Any]) -> tuple[GateResult, ...]:
    """Each gate with the figure of its name in ``values``."""
    return tuple(gate.judge(values.get(gate.name)) for gate in gates)
