"""Alerts as lines of a file."""

import json
import os
from pathlib import Path
from typing import Literal, Self

from pydantic import Field

from garrison.monitoring.alerts.message import Message
from garrison.monitoring.alerts.sinks.base import NotSent, Sink
from garrison.run.appending import append_whole


class FileSink(Sink):
    """A file that grows by a JSON object a line; only its owner can read it."""

    kind: Literal["file"] = "file"
    path: Path = Field(description="the file, relative to the workspace")

    def placed(self, workspace: Path) -> Self:
        """The same file, relative to ``workspace``."""
        return self.model_copy(update={"path": workspace / self.path})

    def send(self, message: Message) -> None:
        """Add one line, whole or not at all."""
        line = json.dumps(message.to_dict(), ensure_ascii=False) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                append_whole(descriptor, line.encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise NotSent(f"cannot write {self.path}: {error.strerror}") from error
