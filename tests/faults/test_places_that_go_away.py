"""A whole run whose store, object store and tracking server go away and come back makes what it makes otherwise."""

import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import obstore
import pytest
from faults.comparing import what_is_there
from mongo_wire import MongoWireServer
from moto.server import ThreadedMotoServer
from obstore.store import S3Store
from relay import Relay
from small_sites import write_sites

from garrison.cli.main import run_command
from garrison.errors import RegistryError, StoreUnreachable
from garrison.registry import LocalRegistry

DETECTOR = ("phishing", "detector", "manifest.json")


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """The way to an S3 server with an empty bucket ``models``."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    way = Relay(running.get_host_and_port()[1])
    monkeypatch.setenv("AWS_ENDPOINT_URL", way.address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI")
    httpx.post(f"{way.address}/moto-api/reset").raise_for_status()
    httpx.put(f"{way.address}/models").raise_for_status()
    yield way
    way.cut()
    running.stop()


@pytest.fixture
def events() -> Iterator[Relay]:
    """The way to a MongoDB server."""
    with MongoWireServer() as server:
        way = Relay(int(server.url("x").rpartition(":")[2].partition("/")[0]))
        yield way
        way.cut()


@pytest.fixture
def nobody() -> Iterator[str]:
    """The address of a tracking server that does not answer."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def sent() -> list[str]:
    bucket = S3Store("models", client_options={"allow_http": True})
    return sorted(item["path"] for page in obstore.list(bucket) for item in page)


def test_a_run_goes_on_when_they_are_back(
    objects: Relay,
    events: Relay,
    nobody: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", nobody)
    write_sites(tmp_path)
    store = f"mongodb://127.0.0.1:{events.port}/sites?serverSelectionTimeoutMS=500"
    assert run_command(["ingest", "sites.csv", "--into", store, "--collection", "sites"]) == 0
    data = ["--data", store, "--collection", "sites", "--features", "small.json"]
    small = ["training.families=[logistic_regression]", "training.folds=2", "evaluation.repeats=50", "jobs=1"]
    untold = "tracking.enabled=false"
    settings = [f"--set={each}" for each in (*small, untold, "pusher.to=[s3://models/there]")]

    def run(workspace: str, *more: str) -> int:
        return run_command(["run", "phishing", "--workspace", workspace, *more])

    assert run("whole", "--name", "first", *data, *settings) == 0
    whole = what_is_there(tmp_path / "whole/runs/first/stages")
    once = sent()
    assert [path.rpartition("/")[2] for path in once].count("manifest.json") == 1

    events.cut()
    assert run("work", "--name", "first", *data, *settings) == StoreUnreachable.exit_code
    events.mend()
    objects.cut()
    assert run("work", "--resume", "first") == RegistryError.exit_code
    assert "no answer from S3" in capsys.readouterr().err
    events.cut()
    objects.mend()
    assert run("work", "--resume", "first", "--set=tracking.enabled=true") == 0
    told = capsys.readouterr().err
    assert "are not sent; later: garrison runs sync first" in told

    assert what_is_there(tmp_path / "work/runs/first/stages") == whole
    registry = LocalRegistry(tmp_path / "work/models")
    assert [version.version for version in registry.versions("phishing", "experimental")] == [1]
    current = registry.current("phishing")
    assert current is not None
    assert current.version == 1
    assert len(sent()) == len(once) + 1, "another version of the same files, once"
    facts = (tmp_path / "work/runs/first/tracking/facts.jsonl").read_text(encoding="utf-8").splitlines()
    kinds = [json.loads(line)["kind"] for line in facts]
    assert (kinds[0], kinds[-1]) == ("start", "finish")
