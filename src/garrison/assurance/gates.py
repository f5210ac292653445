"""Gates: bounds that a model's figures must keep before it may go into production, as values of the settings.

A gate is a measured name and a bound: ``{"recall@fpr=0.01": ">= 0.8", "ece": "<= 0.05"}``. The names are those of the
metrics; what else is measured of a model becomes a gate by its name in ``values``.
"""

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, FiniteFloat

from garrison.errors import SettingsError
from garrison.evaluation import metric

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
        """The gate as the settings state it; raises ``SettingsError`` for an unknown metric or an odd bound."""
        metric(name)
        found = _BOUND.fullmatch(bound)
        if found is None or not math.isfinite(float(found["number"])):
            raise SettingsError(
                f"not a bound: {bound!r}",
                where=name,
                expected="a sign and a number, such as '>= 0.8' or '<= 0.05'",
                remedy="quote it in YAML, where > begins a text",
            )
        return cls(name=name, sign=found["sign"], bound=float(found["number"]))

    def judge(self, value: float | None) -> "GateResult":
        """Whether ``value`` keeps the bound; one that was not measured, or is no number, does not."""
        known = value if value is not None and math.isfinite(value) else None
        passed = known is not None and _COMPARE[self.sign](known, self.bound)
        return GateResult(name=self.name, bound=f"{self.sign} {self.bound:g}", value=known, passed=passed)


class GateResult(BaseModel):
    """What was measured at a gate, its bound as text, and whether it was kept; None: it could not be measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    bound: str
    value: FiniteFloat | None
    passed: bool

    def __str__(self) -> str:
        """The gate, its bound and the value."""
        value = "not measured" if self.value is None else f"{self.value:.4f}"
        return f"{self.name} {self.bound}: {value}"


def read_gates(stated: Mapping[str, str | None]) -> tuple[Gate, ...]:
    """The gates of the settings; one whose bound is None is switched off. Raises ``SettingsError``."""
    return tuple(Gate.read(name, bound) for name, bound in stated.items() if bound is not None)


def judge_gates(gates: tuple[Gate, ...], values: Mapping[str, Any]) -> tuple[GateResult, ...]:
    """Each gate with the figure of its name in ``values``."""
    return tuple(gate.judge(values.get(gate.name)) for gate in gates)
