"""Who has to know of what: rules as values, sinks, and one alert a cause."""

from garrison.monitoring.alerts.alerter import Alerter, Told
from garrison.monitoring.alerts.message import Message
from garrison.monitoring.alerts.observation import Finding, Moved, Observation
from garrison.monitoring.alerts.settings import AlertSettings, DriftCheckSettings, MonitoringSettings

__all__ = [
    "AlertSettings",
    "Alerter",
    "DriftCheckSettings",
    "Finding",
    "Message",
    "MonitoringSettings",
    "Moved",
    "Observation",
    "Told",
]
