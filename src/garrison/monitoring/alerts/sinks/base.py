"""What every sink of alerts can do, and where it takes its secrets from."""

import os
from abc import abstractmethod
from pathlib import Path
from typing import Self

from pydantic import Field

from garrison.errors import SettingsError
from garrison.monitoring.alerts.message import Message
from garrison.run.settings import Section


class NotSent(Exception):
    """A message did not reach its sink; says why, without any secret."""


class Sink(Section):
    """A sink of the settings, by its name."""

    name: str = Field(
        default="", pattern=r"^[A-Za-z0-9 ._-]{0,64}$", description="what it is called; default: its kind"
    )

    @property
    def title(self) -> str:
        """What it is called."""
        return self.name or str(getattr(self, "kind", "sink"))

    def placed(self, workspace: Path) -> Self:  # noqa: ARG002 (most sinks are no files)
        """The same sink, its files relative to ``workspace``."""
        return self

    @abstractmethod
    def send(self, message: Message) -> None:
        """Send the message on; ``NotSent`` when that failed."""


def secret_of(variable: str) -> str:
    """The secret in an environment variable; ``SettingsError`` where there is none."""
    value = os.environ.get(variable, "")
    if not value:
        raise SettingsError(
            f"the environment variable {variable} is not set",
            where="alerts",
            expected="the secret that an alert is sent with",
            remedy=f"export {variable}=…; secrets are never read from a settings file",
        )
    return value
