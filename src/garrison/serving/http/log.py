"""The service's log: one JSON line a message on standard error, no secret in any, and no event."""

import sys
from typing import Any

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from garrison.run.redaction import redact_value


def service_log(file: Any = None) -> FilteringBoundLogger:
    """A logger that writes lines such as ``{"time": …, "level": "info", "event": "serving", …}`` to ``file``."""
    logger: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(file or sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.format_exc_info,
            _without_secrets,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        context_class=dict,
        cache_logger_on_first_use=False,
    )
    return logger


def _without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: redact_value(value, name=name) for name, value in event.items()}
