from pathlib import Path
from typing import Any

import structlog
from running_service import running
from served_models import FLOW
from structlog.testing import CapturingLogger

from garrison.serving.http.metrics import Metrics
from garrison.serving.http.problems import Refused
from garrison.serving.http.turned_away import LINES_AT_ONCE, TurnedAway

SCOPE: dict[str, Any] = {"type": "http", "method": "GET", "path": "/v1/model", "client": ("192.0.2.1", 1)}


def counted(metrics: Metrics, reason: str) -> float:
    return float(metrics.turned_away.labels(reason)._value.get())


def test_what_is_refused_at_the_door_is_counted_by_its_reason(workspace: Path) -> None:
    with running(workspace, most_event_bytes=1024, rate=0.001, burst=2) as (client, service):
        assert (
            client.post(
                "/v1/score", content=b" " * 2_000, headers={"content-type": "application/json"}
            ).status_code
            == 413
        )
        assert client.get("/v1/model", headers={"host": "evil.example"}).status_code == 421
        assert client.get("/v1/model").status_code == 200
        assert client.post("/v1/score", json=FLOW).status_code == 429
        for reason in ("too-large", "foreign-name", "too-many-requests"):
            assert counted(service.metrics, reason) == 1, reason


def test_a_refusal_is_told_in_the_log_and_a_flood_of_them_does_not_fill_it() -> None:
    lines = CapturingLogger()
    metrics = Metrics()
    away = TurnedAway(
        metrics=metrics, log=structlog.wrap_logger(lines, processors=[structlog.processors.JSONRenderer()])
    )
    for _ in range(LINES_AT_ONCE + 100):
        away.note(Refused("no-key", "no"), SCOPE)
    away.note(Refused("wrong-scope", "no"), SCOPE)
    away.note(Refused("bad-request", "no"), SCOPE)
    assert counted(metrics, "no-key") == LINES_AT_ONCE + 100
    assert LINES_AT_ONCE <= len(lines.calls) - 1 <= LINES_AT_ONCE + 5
    assert '"reason": "wrong-scope"' in lines.calls[-1].args[0]
    assert '"client": "192.0.2.1"' in lines.calls[-1].args[0]
