"""When somebody has to know, one kind of rule a file."""

from typing import Annotated

from pydantic import Field

from garrison.monitoring.alerts.rules.base import Rule
from garrison.monitoring.alerts.rules.drift import DriftAlert
from garrison.monitoring.alerts.rules.limit import LimitAlert

AnyRule = Annotated[DriftAlert | LimitAlert, Field(discriminator="kind")]
"""Every kind of rule, told apart by its ``kind``; a new one is a file of this folder and its name here."""

__all__ = ["AnyRule", "DriftAlert", "LimitAlert", "Rule"]
