"""The process as a person runs it: it finishes what it took when it is told to stop, and looks again at SIGHUP."""

import signal
import socket
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from running_service import Process
from served_models import FLOW, flows_detector, publish

from garrison.cli.main import run_command

BODY = orjson.dumps(FLOW)
HEAD = (
    b"POST /v1/score HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    % len(BODY)
)


def connect(url: str) -> socket.socket:
    where = urlsplit(url)
    return socket.create_connection((where.hostname, where.port), timeout=60)


def read_all(connection: socket.socket) -> bytes:
    answer = b""
    while part := connection.recv(65_536):
        answer += part
    return answer


def test_what_was_taken_is_finished_at_sigterm_and_the_door_shut(own_workspace: Path) -> None:
    with Process(own_workspace, "--model", "flows", "--set", "serving.drain_seconds=0.6") as process:
        begun = [connect(process.url) for _ in range(5)]
        for connection in begun:
            connection.sendall(HEAD + BODY[:10])
        assert httpx.get(process.url + "/health/ready").status_code == 200
        process.signal(signal.SIGTERM)
        time.sleep(0.2)
        draining = httpx.get(process.url + "/health/ready")
        assert (draining.status_code, draining.json()["code"]) == (503, "stopping")
        late = httpx.post(process.url + "/v1/score", json=FLOW)
        assert (late.status_code, late.headers["connection"]) == (200, "close")
        time.sleep(1.0)
        with pytest.raises(OSError, match="refused"):
            connect(process.url)
        for connection in begun:
            connection.sendall(BODY[10:])
        for connection in begun:
            answer = read_all(connection)
            assert answer.startswith(b"HTTP/1.1 200 OK")
            assert orjson.loads(answer.rpartition(b"\r\n")[2])["malicious"] is True
            connection.close()
        assert process.wait() == 0
        assert [line["event"] for line in process.log()] == ["serving", "stopping"]


def test_no_request_is_dropped_by_clients_that_go_on_until_the_end(own_workspace: Path) -> None:
    statuses: list[int] = []
    faults: list[Exception] = []

    def ask(url: str) -> None:
        with httpx.Client(base_url=url, timeout=60) as client:
            while True:
                try:
                    statuses.append(client.post("/v1/score", json=FLOW).status_code)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    return
                except httpx.HTTPError as error:
                    faults.append(error)
                    return

    with Process(own_workspace, "--model", "flows") as process:
        threads = [threading.Thread(target=ask, args=(process.url,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        end = time.monotonic() + 60
        while len(statuses) < 40 and not faults and time.monotonic() < end:
            time.sleep(0.01)
        process.signal(signal.SIGTERM)
        assert process.wait() == 0
        for thread in threads:
            thread.join(60)
    assert not faults
    assert {*statuses} == {200}
    assert len(statuses) >= 40


def test_a_request_that_never_ends_does_not_keep_it_from_stopping(own_workspace: Path) -> None:
    options = ("--set", "serving.stop_seconds=1", "--set", "serving.drain_seconds=0")
    with Process(own_workspace, "--model", "flows", *options) as process, connect(process.url) as connection:
        connection.sendall(HEAD + b"{")
        time.sleep(0.2)
        began = time.monotonic()
        process.signal(signal.SIGTERM)
        assert process.wait() == 0
        assert time.monotonic() - began < 8


def test_sighup_takes_up_the_new_version_and_says_why_not(own_workspace: Path) -> None:
    with Process(own_workspace, "--model", "flows", "--set", "serving.watch_seconds=0") as process:

        def version() -> int:
            found: int = httpx.post(process.url + "/v1/score", json=FLOW).json()["version"]
            return found

        def says(event: str) -> bool:
            end = time.monotonic() + 10
            while time.monotonic() < end:
                if any(event in line["event"] for line in process.log()):
                    return True
                time.sleep(0.05)
            return False

        publish(flows_detector(), own_workspace)
        assert version() == 1
        process.signal(signal.SIGHUP)
        assert says("loaded")
        assert version() == 2
        publish(flows_detector(), own_workspace)
        for path in (
            own_workspace / "models" / "production" / "flows" / "3" / "detector" / "model"
        ).iterdir():
            path.write_bytes(b"?")
        process.signal(signal.SIGHUP)
        assert says("not loaded")
        assert version() == 2
        process.signal(signal.SIGINT)
        assert process.wait() == 0


def test_it_says_what_it_serves_and_to_whom(own_workspace: Path) -> None:
    with Process(own_workspace, "--model", "production/flows") as process:
        lines = process.output.splitlines()
    assert lines[0] == "model:    flows 1 (production/flows@1)"
    assert lines[1].startswith("keys:     off")
    assert lines[2].startswith("serving:  http://127.0.0.1:")


def test_it_does_not_start_where_it_should_not(
    own_workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(own_workspace)
    assert run_command(["serve"]) == 2
    assert "--model" in capsys.readouterr().err
    assert run_command(["serve", "--model", "nothing"]) == 17
    assert run_command(["serve", "--model", "flows", "--host", "0.0.0.0"]) == 2
    assert "keys" in capsys.readouterr().err
    assert run_command(["serve", "--model", "flows", "--keys", "nowhere.json"]) == 2
    assert run_command(["serve", "--model", "flows", "--set", "serving.prot=1"]) == 2
    assert "serving.port" in capsys.readouterr().err
    assert run_command(["serve", "--model", "flows", "--require-signature"]) == 2
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert run_command(["serve", "--model", "flows", "--port", str(taken.getsockname()[1])]) == 2
    assert "another --port" in capsys.readouterr().err
    Path("serving.yml").write_text("serving: {models: [flows], port: 99999}", encoding="utf-8")
    assert run_command(["serve", "--config", "serving.yml"]) == 2
    assert "serving.port" in capsys.readouterr().err
