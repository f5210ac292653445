"""Where alerts go, one kind of sink a file."""

from typing import Annotated

from pydantic import Field

from garrison.monitoring.alerts.sinks.base import NotSent, Sink
from garrison.monitoring.alerts.sinks.email import EmailSink
from garrison.monitoring.alerts.sinks.file import FileSink
from garrison.monitoring.alerts.sinks.webhook import WebhookSink, signature

AnySink = Annotated[FileSink | WebhookSink | EmailSink, Field(discriminator="kind")]
"""Every kind of sink, told apart by its ``kind``; a new one is a file of this folder and its name here."""

__all__ = ["AnySink", "EmailSink", "FileSink", "NotSent", "Sink", "WebhookSink", "signature"]
