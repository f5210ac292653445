"""What every rule of alerts can do."""

from abc import abstractmethod

from pydantic import Field

from garrison.monitoring.alerts.observation import Finding, Observation
from garrison.run.settings import Section


class Rule(Section):
    """A rule of the settings, by its name."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$", description="what the alert is called")

    @abstractmethod
    def findings(self, observation: Observation) -> tuple[Finding, ...] | None:
        """What the rule finds; nothing where all is well, and None where the observation does not tell."""
