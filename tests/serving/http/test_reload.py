"""A new version takes the old one's place without a dropped request; one that is broken does not."""

import threading
import time
from pathlib import Path

import httpx
import pytest
from running_service import running
from served_models import FLOW, events_detector, flows_detector, publish
from small_events import START

from garrison.errors import IntegrityError, SignatureError, UsageError
from garrison.registry import LocalRegistry, make_keys, read_signing_key, sign_detector
from garrison.serving.http import ServingSettings, new_key
from garrison.serving.http.keys import add_key
from garrison.serving.http.service import Service


def version(client: httpx.Client) -> int:
    found: int = client.post("/v1/score", json=FLOW).json()["version"]
    return found


def damage(workspace: Path, number: int) -> None:
    """Change a byte of a version in production."""
    for path in (
        workspace / "models" / "production" / "flows" / str(number) / "detector" / "model"
    ).iterdir():
        path.write_bytes(path.read_bytes()[:-1] + b"!")


def test_no_request_is_dropped_while_versions_change(own_workspace: Path) -> None:
    stop = threading.Event()
    found: list[tuple[int, int, bool]] = []
    faults: list[Exception] = []

    def ask(url: str) -> None:
        try:
            with httpx.Client(base_url=url, timeout=60) as client:
                while not stop.is_set():
                    answer = client.post("/v1/score", json=FLOW)
                    facts = answer.json()
                    found.append(
                        (answer.status_code, facts["version"], facts["threshold"] == 0.1 * facts["version"])
                    )
        except Exception as error:
            faults.append(error)

    publish(flows_detector(), own_workspace, threshold=0.1 * 2)
    with running(own_workspace, watch_seconds=0.05) as (client, service):
        threads = [threading.Thread(target=ask, args=(str(client.base_url),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(3, 7):
            assert publish(flows_detector(), own_workspace, threshold=0.1 * number) == number
            end = time.monotonic() + 10
            while service.models.get(None).version != number and time.monotonic() < end:
                time.sleep(0.01)
            assert version(client) == number
        LocalRegistry(own_workspace / "models").rollback("flows")
        service.look()
        assert version(client) == 5
        stop.set()
        for thread in threads:
            thread.join(10)
    assert not faults
    assert {status for status, _, _ in found} == {200}
    assert {number for _, number, _ in found} >= {2, 6}
    assert all(whole for _, _, whole in found), "a version is served whole, with its own threshold"


def test_a_reload_that_is_asked_for_takes_up_the_new_version(own_workspace: Path) -> None:
    key, text = new_key(["admin"])
    add_key(own_workspace / "keys" / "api_keys.json", key)
    with running(own_workspace) as (client, _):
        client.headers["authorization"] = f"Bearer {text}"
        publish(flows_detector(), own_workspace, threshold=0.3)
        assert version(client) == 1
        answer = client.post("/v1/admin/reload", params={"model": "flows"})
        assert [(each["name"], each["version"]) for each in answer.json()["models"]] == [("flows", 2)]
        assert version(client) == 2
        assert client.post("/v1/admin/reload?model=other").status_code == 404
        metrics = client.get("/metrics").text
        assert 'garrison_model_info{model="flows",stage="production",version="2"} 1.0' in metrics
        assert 'version="1"} 1.0' not in metrics.split("garrison_model_info", 1)[1].splitlines()[0]


def test_a_folder_that_only_has_the_models_name_does_not_hide_its_new_versions(
    own_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own_workspace)
    (own_workspace / "production" / "flows").mkdir(parents=True)
    with running(own_workspace) as (client, service):
        publish(flows_detector(), own_workspace, threshold=0.3)
        service.look()
        assert version(client) == 2


def test_a_version_that_was_changed_is_not_served_and_the_old_one_goes_on(own_workspace: Path) -> None:
    key, text = new_key(["admin"])
    add_key(own_workspace / "keys" / "api_keys.json", key)
    with running(own_workspace) as (client, service):
        client.headers["authorization"] = f"Bearer {text}"
        publish(flows_detector(), own_workspace, threshold=0.3)
        damage(own_workspace, 2)
        answer = client.post("/v1/admin/reload")
        assert (answer.status_code, answer.json()["code"]) == (502, "not-loaded")
        assert "production/flows" in answer.json()["detail"]
        service.look()
        assert version(client) == 1
        assert client.get("/health/ready").status_code == 200
        failure = client.get("/v1/model").json()["failure"]
        assert failure["code"] == "model-error"
        assert 'garrison_model_reloads_total{model="flows",outcome="failed"}' in client.get("/metrics").text
        publish(flows_detector(), own_workspace, threshold=0.4)
        service.look()
        assert version(client) == 3
        assert "failure" not in client.get("/v1/model").json()


def test_what_fails_is_tried_again_ever_later_and_not_at_every_look(own_workspace: Path) -> None:
    with running(own_workspace) as (_, service):
        publish(flows_detector(), own_workspace)
        damage(own_workspace, 2)
        for _ in range(20):
            service.look()
        failed = service.metrics.reloads.labels("flows", "failed")._value.get()
        assert failed == 1


def test_a_version_of_another_kind_is_refused(own_workspace: Path) -> None:
    """The registry's folder of flows now holds a detector of events: it takes other fields, and is no flows."""
    with running(own_workspace) as (client, service):
        from dataclasses import replace

        publish(replace(events_detector(), name="flows"), own_workspace)
        service.look()
        assert client.post("/v1/score", json=FLOW).status_code == 422, "a model may change its schema"
        assert (
            client.get("/openapi.json").json()["components"]["schemas"]["Event"]["required"][0] == "timestamp"
        )


def test_a_damaged_model_is_not_served_at_the_start(own_workspace: Path) -> None:
    damage(own_workspace, 1)
    with pytest.raises(IntegrityError):
        Service(ServingSettings(models=("flows",)), workspace=own_workspace)


def test_a_folder_is_served_and_looked_at_again(own_workspace: Path, tmp_path: Path) -> None:
    folder = own_workspace / "made"
    with running(own_workspace, models=(str(folder),)) as (client, service):
        facts = client.get("/v1/model").json()
        assert (facts["name"], facts["version"]) == ("flows", None)
        publish(flows_detector(), own_workspace, threshold=0.7)
        service.look()
        assert client.post("/v1/score", json=FLOW).json()["threshold"] == 0.7


def test_a_version_that_is_named_stays(own_workspace: Path) -> None:
    publish(flows_detector(), own_workspace)
    with running(own_workspace, models=("flows@1",)) as (client, service):
        service.look()
        assert version(client) == 1


def test_two_models_of_one_name_are_refused(own_workspace: Path) -> None:
    with pytest.raises(UsageError, match="two models are called 'flows'"):
        Service(ServingSettings(models=("flows", "flows@1")), workspace=own_workspace)
    with pytest.raises(UsageError, match="no model is named"):
        Service(ServingSettings(), workspace=own_workspace)


def test_a_signature_can_be_demanded_at_the_start_and_at_every_reload(own_workspace: Path) -> None:
    settings = ServingSettings(
        models=("production/flows",),
        require_signature=True,
        trusted_keys=(str(own_workspace / "release.pub"),),
    )
    private, _, _ = make_keys(own_workspace)
    signing = read_signing_key(private)
    with pytest.raises(SignatureError):
        Service(settings, workspace=own_workspace)
    production = own_workspace / "models" / "production" / "flows"
    sign_detector(production / "1" / "detector", signing)
    with running(own_workspace, **settings.model_dump(include={"require_signature", "trusted_keys"})) as (
        client,
        service,
    ):
        publish(flows_detector(), own_workspace, threshold=0.2)
        service.look()
        assert version(client) == 1
        assert "not signed" in client.get("/v1/model").json()["failure"]["detail"]
        sign_detector(production / "2" / "detector", signing)
        service.models.reload()
        assert version(client) == 2


def test_the_past_goes_on_over_a_reload(own_workspace: Path) -> None:
    publish(events_detector(), own_workspace)
    event = {"src_ip": "a", "protocol": "tcp", "payload_len": 1, "timestamp": START.isoformat()}
    with running(own_workspace, models=("production/events",)) as (client, service):
        client.post("/v1/score", json=event)
        before = service.models.get(None).scorer
        publish(events_detector(), own_workspace, threshold=0.9)
        service.look()
        after = service.models.get(None).scorer
        assert after is not before
        assert after.past is before.past
