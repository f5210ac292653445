"""Requests that were refused before their work began: each is counted, and told in the log."""

from starlette.types import Scope
from structlog.typing import FilteringBoundLogger

from garrison.serving.http.metrics import Metrics
from garrison.serving.http.problems import Refused
from garrison.serving.http.rates import Rates

REASONS = frozenset(
    {
        "busy",
        "foreign-form",
        "foreign-name",
        "keys-off",
        "no-key",
        "slow-request",
        "too-large",
        "too-many-requests",
        "wrong-scope",
    }
)
LINES_A_SECOND, LINES_AT_ONCE = 1.0, 60
"""How many lines of one reason the log takes, so that nobody fills a disk by asking; all are counted."""


class TurnedAway:
    """Counts and logs refusals by their reason, the code of the problem; other problems are no refusals."""

    def __init__(self, *, metrics: Metrics, log: FilteringBoundLogger) -> None:
        self._metrics = metrics
        self._log = log
        self._lines = Rates(LINES_A_SECOND, burst=LINES_AT_ONCE)

    def note(self, error: Exception, scope: Scope) -> None:
        """Note that the request of ``scope`` met ``error``."""
        code = error.code if isinstance(error, Refused) else ""
        if code not in REASONS:
            return
        self._metrics.turned_away.labels(code).inc()
        if not self._lines.wait(code):
            self._log.warning(
                "turned away",
                reason=code,
                request=scope.get("request_id", ""),
                method=scope["method"],
                path=str(scope["path"])[:200],
                client=(scope.get("client") or ("",))[0],
            )
