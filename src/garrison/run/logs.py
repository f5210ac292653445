"""The log of a run: one file of JSON lines, with the run's id in every line and no secret in any."""

import json
import os
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from garrison.files import output_errors
from garrison.run.appending import append_whole
from garrison.run.redaction import redact, redact_value

__all__ = ["close_log", "open_log", "redact"]


class LogFile:
    """Writes each message as one line at the end of a file; a line is written whole, from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with output_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor: int | None = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def msg(self, line: str) -> None:
        """Append ``line``; raises ``OutputError`` when the disk is full."""
        if self._descriptor is None:
            raise ValueError(f"the log {self.path} is closed")
        with output_errors(self.path):
            append_whole(self._descriptor, line.encode("utf-8", errors="backslashreplace") + b"\n")

    debug = info = warning = error = critical = exception = msg

    def close(self) -> None:
        """Sync and close the file; closing twice is harmless."""
        if self._descriptor is not None:
            with output_errors(self.path):
                os.fsync(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None


def open_log(path: Path, *, run_id: str) -> FilteringBoundLogger:
    """A structlog logger that appends to ``path``; each line has time (ISO 8601, UTC), level, run and event.

    Secrets are hidden by ``redact`` at every depth. A resumed run goes on in the same file. Raises
    ``OutputError`` when the file cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = open_log(Path(folder) / "run.log", run_id="phishing-1")
    ...     log.info("store opened", url="mongodb://reader:hunter2@db.example/events")
    ...     close_log(log)
    ...     line = json.loads((Path(folder) / "run.log").read_text())
    >>> line["level"], line["run"], line["event"], line["url"]
    ('info', 'phishing-1', 'store opened', 'mongodb://reader:***@db.example/events')
    """
    logger: FilteringBoundLogger = structlog.wrap_logger(
        LogFile(path),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.format_exc_info,
            _without_secrets,
            _as_json_line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        context_class=dict,
        cache_logger_on_first_use=False,
    ).bind(run=run_id)
    return logger


def close_log(logger: FilteringBoundLogger) -> None:
    """Close the file behind a logger of ``open_log``; every logger bound from it is closed with it."""
    file: Any = logger._logger  # type: ignore[attr-defined]
    file.close()


def _without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: redact_value(value, name=key) for key, value in event.items()}


def _as_json_line(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    first = {key: event.pop(key) for key in ("time", "level", "run", "event") if key in event}
    return json.dumps({**first, **event}, ensure_ascii=False)
