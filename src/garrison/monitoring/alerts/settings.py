"""The settings of monitoring: when a column has drifted, which alerts there are, and where they go."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from garrison.evaluation.drift import Correction
from garrison.monitoring.alerts.rules import AnyRule
from garrison.monitoring.alerts.sinks import AnySink
from garrison.monitoring.drift import FLOORS, DriftRule
from garrison.run.settings import Section


class DriftCheckSettings(Section):
    """When a column has drifted."""

    alpha: float = Field(
        default=0.01,
        gt=0,
        lt=1,
        description="the chance of a false alarm over all columns of a check together",
    )
    correction: Correction = Field(default="holm", description="the correction for many tests")
    least: dict[str, float] = Field(
        default={}, description="from where on a change matters, by statistic; default: as in the table above"
    )
    least_rows: int = Field(default=50, ge=1, description="with fewer rows nothing is judged")

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name, floor in self.least.items():
            if name not in FLOORS:
                raise ValueError(f"no statistic is called {name}; one of {', '.join(FLOORS)}")
            if not floor >= 0:
                raise ValueError(f"{name}: a number of at least 0")
        return self

    def rule(self) -> DriftRule:
        """The settings as a rule."""
        return DriftRule(self.alpha, self.correction, dict(self.least), self.least_rows)


class AlertSettings(Section):
    """Who has to know of what."""

    rules: tuple[AnyRule, ...] = Field(default=(), description="when somebody has to know")
    sinks: tuple[AnySink, ...] = Field(default=(), description="where alerts go")
    again_after_hours: float = Field(
        default=24.0, gt=0, description="a cause that goes on is told again after so many hours"
    )
    tell_end: bool = Field(default=True, description="tell that a cause has ended")
    state: Path = Field(
        default=Path("monitoring") / "alerts.json",
        description="what was told already, relative to the workspace",
    )

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        for what, names in (
            ("rules", [rule.name for rule in self.rules]),
            ("sinks", [sink.title for sink in self.sinks]),
        ):
            if len(set(names)) < len(names):
                raise ValueError(f"two {what} have one name: give each a name of its own")
        return self


class MonitoringSettings(Section):
    """All settings of ``garrison monitor``."""

    drift: DriftCheckSettings = Field(default=DriftCheckSettings())
    alerts: AlertSettings = Field(default=AlertSettings())
