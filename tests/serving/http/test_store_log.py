"""What the service scores is logged to a store, and read back by `garrison monitor performance`."""

from pathlib import Path

import pytest
from running_service import running
from served_models import FLOW
from small_events import START

from garrison.cli.main import run_command
from garrison.data.stores import open_store
from garrison.errors import UsageError
from garrison.monitoring import Logged, read_log
from garrison.serving.http import ServingSettings
from garrison.serving.http.service import Service


def logged(url: str, model: str) -> list[Logged]:
    with open_store(url) as store:
        return list(read_log(store, model, features=True))


def logged_so_far(service: Service) -> float:
    return float(service.metrics.logged.labels("written")._value.get())


def test_scored_events_are_in_the_store_when_the_service_has_stopped(workspace: Path, tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path}/log.db"
    with running(workspace, log=url) as (client, service):
        answers = [client.post("/v1/score", json={**FLOW, "bytes": each}).json() for each in range(5)]
        body = [FLOW, {**FLOW, "bytes": 3}]
        assert (
            client.post("/v1/score/batch", json=body, headers={"X-Request-Id": "night-7"}).status_code == 200
        )
    assert logged_so_far(service) == 7
    (found,) = logged(url, "flows")
    assert found.ids[:5] == tuple(answer["request"] for answer in answers)
    assert found.ids[5:] == ("night-7-1", "night-7-2")
    assert found.scores[:5].tolist() == [answer["score"] for answer in answers]
    assert '"bytes":3' in found.features[6]
    assert (found.latency > 0).all()


def test_no_address_is_logged(workspace: Path, tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path}/log.db"
    event = {"timestamp": START.isoformat(), "src_ip": "192.0.2.77", "protocol": "tcp", "payload_len": 9}
    with running(workspace, models=("production/events",), log=url) as (client, _):
        named = {"X-Request-Id": "192.0.2.77-1"}
        assert client.post("/v1/score", json=event, headers=named).status_code == 200
    (found,) = logged(url, "events")
    assert "192.0.2" not in found.features[0] + found.ids[0]
    assert "ip_" in found.features[0]


def test_the_sample_is_chosen_by_the_ids(workspace: Path, tmp_path: Path) -> None:
    ids = []
    for name in ("one", "two"):
        url = f"duckdb:///{tmp_path}/{name}.db"
        with running(workspace, log=url, sample=0.3) as (client, _):
            for place in range(40):
                client.post("/v1/score", json=FLOW, headers={"X-Request-Id": f"event-{place}"})
        ids.append({each for part in logged(url, "flows") for each in part.ids})
    assert ids[0] == ids[1]
    assert 2 < len(ids[0]) < 30


def test_its_performance_is_measured(
    workspace: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    url = f"duckdb:///{tmp_path}/log.db"
    with running(workspace, log=url) as (client, _):
        for _ in range(10):
            client.post("/v1/score", json=FLOW)
    asked = ["monitor", "performance", "production/flows", "--log", url, "--workspace", str(workspace)]
    assert run_command(asked) == 0
    assert "10 rows of the log" in capfd.readouterr().out


def test_a_log_that_cannot_be_is_refused_at_the_start(workspace: Path) -> None:
    settings = ServingSettings(models=("production/flows",), log="postgres://host/db")
    with pytest.raises(UsageError, match="postgres"):
        Service(settings, workspace=workspace)
