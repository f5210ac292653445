"""One event, one verdict, over a real socket: the detector's score, the schema's refusals."""

import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from served_models import FLOW, flows_detector
from small_events import START, some_events
from small_flows import flows

from garrison.detection import load_detector
from garrison.registry import LocalRegistry
from garrison.serving.http.service import Service


def test_the_score_is_the_detectors(client: httpx.Client, workspace: Path) -> None:
    detector = load_detector(LocalRegistry(workspace / "models").load("flows"))
    rows = flows({"normal": 10, "scan": 10}, seed=9).drop_columns(["kind"])
    expected = detector.score(rows)
    for row, score in zip(rows.to_pylist(), expected, strict=True):
        answer = client.post("/v1/score", json=row)
        assert answer.status_code == 200
        found = answer.json()
        assert found["score"] == pytest.approx(score, abs=1e-6)
        assert found["malicious"] is bool(found["score"] >= found["threshold"])
        assert (found["model"], found["version"]) == ("flows", 1)
        assert found["request"] == answer.headers["x-request-id"]


def test_a_client_may_name_its_request(client: httpx.Client) -> None:
    answer = client.post("/v1/score", json=FLOW, headers={"x-request-id": "siem-42"})
    assert answer.json()["request"] == answer.headers["x-request-id"] == "siem-42"
    odd = client.post("/v1/score", json=FLOW, headers={"x-request-id": 'x"y'})
    assert odd.json()["request"] != 'x"y'


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"bytes": "many"}, "bytes", "not a number"),
        ({"bytes": -1}, "bytes", "below the minimum 0"),
        ({"rate": 1.5}, "rate", "above the maximum 1"),
        ({"rate": None}, "rate", "missing"),
        ({"service": {"name": "http"}}, "service", "not a single value"),
        ({"bytes": [1, 2]}, "bytes", "not a single value"),
        ({"bites": 1}, "bites", "not in the schema; is 'bytes' meant?"),
    ],
)
def test_a_wrong_field_is_named(
    both: tuple[httpx.Client, Service], change: dict[str, Any], field: str, reason: str
) -> None:
    client, service = both
    event = {**FLOW, **change}
    if field == "bites":
        event = {**FLOW, "bites": 1}
    answer = client.post("/v1/score", json=event)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "schema-error"
    assert problem["errors"][0]["field"] == field
    assert reason.startswith(problem["errors"][0]["reason"])
    kept = Path(service.settings.quarantine or "").read_text(encoding="utf-8").splitlines()
    line = json.loads(kept[-1])
    assert (line["request"], json.loads(line["content"])) == (problem["request"], event)
    counted = field if field in FLOW else "(other)"
    assert f'garrison_events_refused_total{{field="{counted}",model="flows"}}' in client.get("/metrics").text


def test_a_missing_field_is_named_and_a_misspelt_one_guessed(client: httpx.Client) -> None:
    event = {**FLOW, "errrors": FLOW["errors"]}
    del event["errors"]
    problem = client.post("/v1/score", json=event).json()
    assert problem["errors"] == [{"field": "errors", "reason": "missing; is 'errrors' meant?", "value": None}]
    assert problem["where"] == "errors"
    assert problem["expected"] == "a number from 0 up to 1"


def test_an_event_may_bring_its_truth_which_is_not_looked_at(client: httpx.Client) -> None:
    plain = client.post("/v1/score", json=FLOW).json()
    with_truth = client.post("/v1/score", json={**FLOW, "kind": "scan"}).json()
    assert with_truth["score"] == plain["score"]


def test_the_past_of_a_source_is_remembered_as_in_training(workspace: Path) -> None:
    from running_service import running

    detector = load_detector(LocalRegistry(workspace / "models").load("events"))
    events = some_events(60, seed=5)
    table = [{key: value for key, value in event.items() if key != "is_malicious"} for event in events]
    expected = detector.score(table)
    with running(workspace, models=("production/events",)) as (client, _):
        found = []
        for event in table:
            body = {**event, "timestamp": event["timestamp"].isoformat()}
            found.append(client.post("/v1/score", json=body).json()["score"])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    with running(workspace, models=("production/events",), remember_past=False) as (client, _):
        alone = [
            client.post("/v1/score", json={**event, "timestamp": event["timestamp"].isoformat()}).json()[
                "score"
            ]
            for event in table
        ]
    np.testing.assert_allclose(alone, [detector.score([event])[0] for event in table], atol=1e-6)
    assert not np.allclose(alone, found)


def test_an_event_may_bring_its_past_but_not_half_of_it(client: httpx.Client, workspace: Path) -> None:
    detector = load_detector(LocalRegistry(workspace / "models").load("events"))
    event = {**some_events(1)[0], "timestamp": START.isoformat()}
    del event["is_malicious"]
    past = dict.fromkeys(detector.schema.window_names, 7)
    answer = client.post("/v1/score", params={"model": "events"}, json={**event, **past})
    assert answer.json()["score"] == pytest.approx(detector.score([{**event, **past}])[0], abs=1e-6)
    del past["past_10s_events"]
    problem = client.post("/v1/score", params={"model": "events"}, json={**event, **past}).json()
    assert problem["errors"][0]["field"] == "past_10s_events"


def test_addresses_are_not_kept_in_the_quarantine(both: tuple[httpx.Client, Service]) -> None:
    client, service = both
    event = {"timestamp": START.isoformat(), "src_ip": "192.0.2.77", "protocol": "tcp", "payload_len": "x"}
    assert client.post("/v1/score?model=events", json=event).status_code == 422
    kept = Path(service.settings.quarantine or "").read_text(encoding="utf-8")
    assert "payload_len" in kept
    assert "192.0.2.77" not in kept


def test_the_detector_that_was_made_is_the_one_served(client: httpx.Client) -> None:
    facts = client.get("/v1/model").json()
    assert facts["threshold"] == {"value": 0.5, "rule": "fixed"}
    assert facts["features"] == list(flows_detector().processor.names)
    assert facts["default"] is True
    assert [model["name"] for model in client.get("/v1/models").json()["models"]] == ["flows", "events"]
    assert client.get("/v1/model?model=events").json()["remembers_past"] is True
