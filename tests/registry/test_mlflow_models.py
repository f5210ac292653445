"""Detectors in the model registry of a real MLflow server, and servers that are silent or refusing."""

import base64
import os
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from mlflow_place import PASSWORD, USER, MlflowPlace
from relay import Relay

from garrison.errors import IntegrityError, RegistryError
from garrison.registry import fetch_from, push_to

MakeDetector = Callable[..., Path]

pytestmark = [pytest.mark.xdist_group("mlflow"), pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowPlace]:
    """An MLflow server that asks for a login, with its database and artifacts in a folder of its own."""
    pytest.importorskip("mlflow.server", reason="needs the extra mlflow-server")
    pytest.importorskip("flask_wtf", reason="needs the extra mlflow-server")
    place = MlflowPlace(tmp_path_factory.mktemp("mlflow"))
    place.start()
    yield place
    place.stop()


@pytest.fixture
def mlflow_server(place: MlflowPlace, monkeypatch: pytest.MonkeyPatch) -> str:
    """Its address and the login, where Garrison looks for them."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", place.address)
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", USER)
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    return place.address


@pytest.fixture
def client(mlflow_server: str) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=mlflow_server, registry_uri=mlflow_server)


class Refusing(BaseHTTPRequestHandler):
    """Asks for a login it never accepts, and remembers what was sent."""

    sent: list[str]

    def refuse(self) -> None:
        self.sent.append(self.headers.get("Authorization", ""))
        self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = refuse  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def refusing() -> Iterator[tuple[str, list[str]]]:
    sent: list[str] = []
    handler = type("Handler", (Refusing,), {"sent": sent})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_address[1]}", sent
        http.shutdown()
        thread.join()


def whole_text(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def test_a_detector_becomes_a_registered_version_and_comes_back_the_same(
    mlflow_server: str, client: Any, make_detector: MakeDetector, tmp_path: Path
) -> None:
    detector = make_detector()
    assert push_to("mlflow:", detector, name="phishing") == "models:/phishing/1"
    version = client.get_model_version("phishing", "1")
    assert version.status == "READY"
    assert client.get_run(version.run_id).info.status == "FINISHED"
    assert sorted(item.path for item in client.list_artifacts(version.run_id, "detector")) == [
        "detector/manifest.json",
        "detector/manifest.sha256",
        "detector/model",
        "detector/processor.json",
    ]
    fetched = fetch_from("mlflow:", tmp_path / "fetched", name="phishing")
    for path in (path for path in detector.rglob("*") if path.is_file()):
        assert (fetched / path.relative_to(detector)).read_bytes() == path.read_bytes()


def test_versions_count_up_under_the_name_in_the_address(
    mlflow_server: str, make_detector: MakeDetector, tmp_path: Path
) -> None:
    assert push_to("models:/Team.Phishing", make_detector("one"), name="phishing").endswith("/1")
    assert (
        push_to("models:/Team.Phishing", make_detector("two"), name="phishing") == "models:/Team.Phishing/2"
    )
    first = fetch_from("models:/Team.Phishing", tmp_path / "first", name="phishing", version=1)
    latest = fetch_from("models:/Team.Phishing", tmp_path / "latest", name="phishing")
    assert (first / "processor.json").read_text() == '{"kind": "one"}'
    assert (latest / "processor.json").read_text() == '{"kind": "two"}'
    with pytest.raises(RegistryError, match="expected: one of: 1, 2"):
        fetch_from("models:/Team.Phishing", tmp_path / "third", name="phishing", version=3)


def test_a_name_nobody_registered_has_no_version(mlflow_server: str, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="no version yet"):
        fetch_from("models:/Nothing", tmp_path / "fetched", name="phishing")
    assert not (tmp_path / "fetched").exists()


def test_artifacts_changed_on_the_server_are_found_before_anything_arrives(
    mlflow_server: str, client: Any, make_detector: MakeDetector, tmp_path: Path
) -> None:
    push_to("models:/Changed", make_detector(), name="phishing")
    run = client.get_model_version("Changed", "1").run_id
    client.log_text(run, "{}", "detector/processor.json")
    with pytest.raises(IntegrityError, match=r"processor\.json"):
        fetch_from("models:/Changed", tmp_path / "fetched", name="phishing")
    assert [path.name for path in tmp_path.iterdir()] == ["detector-one"]


def test_an_upload_that_breaks_off_registers_no_version(
    mlflow_server: str, client: Any, make_detector: MakeDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    def break_off(self: Any, run_id: str, *_given: Any) -> None:
        raise MlflowException("the connection was lost")

    with monkeypatch.context() as patched:
        patched.setattr(MlflowClient, "log_artifacts", break_off)
        with pytest.raises(RegistryError, match="did not do what was asked"):
            push_to("models:/Broken", make_detector(), name="phishing")
    assert client.search_model_versions("name='Broken'") == []
    experiment = client.get_experiment_by_name("garrison-registry").experiment_id
    assert client.search_runs([experiment], max_results=1)[0].info.status == "FAILED"


def test_a_login_from_the_environment_is_sent_and_when_refused_not_repeated(
    refusing: tuple[str, list[str]], make_detector: MakeDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, sent = refusing
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "reader")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    with pytest.raises(RegistryError, match="refused the login") as caught:
        push_to("mlflow:", make_detector(), name="phishing", tracking_uri=address)
    login = base64.b64encode(f"reader:{PASSWORD}".encode()).decode()
    assert set(sent) == {f"Basic {login}"}
    assert PASSWORD not in whole_text(caught.value)
    assert login not in whole_text(caught.value)


@pytest.mark.parametrize("state", ["absent", "silent"])
def test_a_server_that_does_not_answer_ends_in_time(
    make_detector: MakeDetector, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if state == "silent":
            listener.listen()
        port = listener.getsockname()[1]
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://reader:{PASSWORD}@127.0.0.1:{port}")
        with pytest.raises(RegistryError, match="no answer from the MLflow server") as caught:
            push_to("mlflow:", make_detector(), name="phishing", timeout_s=1)
    assert PASSWORD not in whole_text(caught.value)
    assert not {"MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_MAX_RETRIES"} & set(os.environ)


def test_the_server_by_its_own_address_and_the_reason_of_the_push(
    mlflow_server: str,
    client: Any,
    make_detector: MakeDetector,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    url = f"mlflow+{mlflow_server}"
    address = push_to(url, make_detector(), name="by-address", record={"reason": "accepted: better"})
    assert address == "models:/by-address/1"
    assert client.get_model_version("by-address", "1").description == "accepted: better"
    assert fetch_from(url, tmp_path / "fetched", name="by-address").is_dir()


@pytest.mark.parametrize(("user", "password"), [(USER, "wrong-password"), ("nobody", PASSWORD), (None, None)])
def test_a_real_server_refuses_a_wrong_login(
    mlflow_server: str,
    make_detector: MakeDetector,
    monkeypatch: pytest.MonkeyPatch,
    user: str | None,
    password: str | None,
) -> None:
    for name, value in (("USERNAME", user), ("PASSWORD", password)):
        if value is None:
            monkeypatch.delenv(f"MLFLOW_TRACKING_{name}")
        else:
            monkeypatch.setenv(f"MLFLOW_TRACKING_{name}", value)
    with pytest.raises(RegistryError, match="refused the login") as caught:
        push_to("mlflow:", make_detector(), name="phishing")
    assert "MLFLOW_TRACKING_PASSWORD" in caught.value.remedy
    assert PASSWORD not in whole_text(caught.value)


def test_a_server_that_goes_away_in_the_middle_and_comes_back(
    place: MlflowPlace,
    mlflow_server: str,
    client: Any,
    make_detector: MakeDetector,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    from mlflow import MlflowClient

    network = Relay(place.port)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", network.address)
    push_to("models:/Away", make_detector("one"), name="phishing")
    upload = MlflowClient.log_artifacts

    def upload_then_lose_it(self: Any, *given: Any) -> None:
        upload(self, *given)
        network.cut()

    with monkeypatch.context() as patched:
        patched.setattr(MlflowClient, "log_artifacts", upload_then_lose_it)
        with pytest.raises(RegistryError, match="no answer from the MLflow server"):
            push_to("models:/Away", make_detector("two"), name="phishing")
    with pytest.raises(RegistryError, match="no answer from the MLflow server"):
        fetch_from("models:/Away", tmp_path / "gone", name="phishing")
    assert not (tmp_path / "gone").exists()
    network.mend()
    latest = fetch_from("models:/Away", tmp_path / "latest", name="phishing")
    assert (latest / "processor.json").read_text() == '{"kind": "one"}'
    assert push_to("models:/Away", make_detector("two"), name="phishing") == "models:/Away/2"
    network.cut()


def test_no_server_named_says_how_to_name_it(make_detector: MakeDetector) -> None:
    with pytest.raises(RegistryError, match="MLFLOW_TRACKING_URI"):
        push_to("mlflow:", make_detector(), name="phishing")


def test_the_local_database_of_tracking_keeps_models_too(make_detector: MakeDetector, tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path}/runs/mlflow.db"
    (tmp_path / "runs").mkdir()
    assert push_to("mlflow:", make_detector(), name="phishing", tracking_uri=uri) == "models:/phishing/1"
    fetched = fetch_from("mlflow:", tmp_path / "fetched", name="phishing", tracking_uri=uri)
    assert (fetched / "processor.json").is_file()
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["mlartifacts", "mlflow.db"]
