"""The settings of `garrison monitor`, from a file, the defaults and what a person types."""

from collections.abc import Sequence
from pathlib import Path

from garrison.data.configs import config_folder
from garrison.monitoring.alerts import MonitoringSettings
from garrison.run.settings import load_settings


def monitoring_settings(config: Path | None = None, *, overrides: Sequence[str] = ()) -> MonitoringSettings:
    """The settings of ``config`` over those that come with Garrison, and ``overrides`` over both.

    ``SettingsError`` for a setting that does not exist or does not fit.

    >>> monitoring_settings(overrides=["drift.least.psi=0.2"]).drift.rule().floor("psi")
    0.2
    """
    return load_settings(
        MonitoringSettings,
        file=config,
        default=config_folder("monitoring") / "monitoring.yml",
        environment={},
        overrides=overrides,
    )
