"""An alert when a measure is above or below what it may be."""

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from garrison.monitoring.alerts.observation import Finding, Observation
from garrison.monitoring.alerts.rules.base import Rule


class LimitAlert(Rule):
    """A measure that has left its bounds."""

    kind: Literal["limit"] = "limit"
    measure: str = Field(
        min_length=1, description="latency_p99_ms, error_share, estimated_precision, true_recall, …"
    )
    above: float | None = Field(default=None, description="more than this is an alert")
    below: float | None = Field(default=None, description="less than this is an alert")

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.above is None and self.below is None:
            raise ValueError("say above which value, or below which, it is an alert")
        return self

    def findings(self, observation: Observation) -> tuple[Finding, ...] | None:
        """One finding where the measure is out of bounds."""
        value = observation.measures.get(self.measure, math.nan)
        if math.isnan(value):
            return None
        if self.above is not None and value > self.above:
            return (self._finding(value, f"above {self.above:g}"),)
        if self.below is not None and value < self.below:
            return (self._finding(value, f"below {self.below:g}"),)
        return ()

    def _finding(self, value: float, bound: str) -> Finding:
        return Finding(self.name, self.measure, f"{self.measure} is {value:.4g}, {bound}")
