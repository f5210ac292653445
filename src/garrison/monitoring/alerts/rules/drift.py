"""An alert for each column that has moved."""

from typing import Literal

from pydantic import Field

from garrison.monitoring.alerts.observation import Finding, Observation
from garrison.monitoring.alerts.rules.base import Rule


class DriftAlert(Rule):
    """Columns that have moved, each a cause of its own."""

    kind: Literal["drift"] = "drift"
    columns: tuple[str, ...] = Field(
        default=(), description="only these columns; default: all, and the score"
    )

    def findings(self, observation: Observation) -> tuple[Finding, ...] | None:
        """One finding a column that moved."""
        if observation.columns is None:
            return None
        return tuple(
            Finding(self.name, column.name, f"{column.name} has moved: {column.why}")
            for column in observation.columns
            if not self.columns or column.name in self.columns
        )
