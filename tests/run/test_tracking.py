"""Tracking from end to end: a local database, a real MLflow server that goes away, and a server that wants a login."""

import base64
import http.server
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from garrison.run import tracking as tracking_module
from garrison.run.spool import Spool
from garrison.run.tracking import Tracking, open_tracking, send_spooled


@pytest.fixture(autouse=True)
def _no_server_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
        monkeypatch.delenv(name)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def open_for(uri: str | None, workspace: Path, name: str = "r") -> Tracking:
    return open_tracking(
        uri, experiment="phishing", workspace=workspace, run_folder=workspace / "runs" / name, run_name=name
    )


def rows(database: Path, query: str) -> list[Any]:
    connection = sqlite3.connect(database)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


class RealServer:
    """An MLflow server on this machine, which can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def database(self) -> Path:
        return self.folder / "server.db"

    def start(self) -> None:
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--backend-store-uri", f"sqlite:///{self.database}", "--workers", "1"]
        command += ["--artifacts-destination", str(self.folder / "artifacts")]
        environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "PYTHONWARNINGS": "ignore"}
        environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
        self.process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(3000):
            assert self.process.poll() is None, "the server ended by itself"
            try:
                with urllib.request.urlopen(f"{self.uri}/health", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    pytest.importorskip("mlflow.server", reason="needs the extra mlflow-server")
    (tmp_path / "server").mkdir()
    real = RealServer(tmp_path / "server")
    real.start()
    yield real
    real.stop()


def wait_until_sent(workspace: Path, uri: str, count: int) -> None:
    spool = Spool(workspace / "runs" / "r")
    for _ in range(3000):
        if spool.progress(uri).sent >= count:
            return
        time.sleep(0.1)
    raise AssertionError(f"not sent: {spool.progress(uri)}")


def assert_arrived_once(server: RealServer) -> None:
    query = "SELECT key, step, value FROM metrics ORDER BY key, step"
    series = [("loss", step, 1 / (step + 1)) for step in range(20)]
    assert rows(server.database, query) == [*series, ("recall_fpr_0.01", 0, 0.9)]
    assert rows(server.database, "SELECT key, value FROM params") == [("seed", "7")]
    assert rows(server.database, "SELECT status, name FROM runs") == [("FINISHED", "r")]
    assert rows(server.database, "SELECT value FROM tags WHERE key = 'commit'") == [("abc",)]
    files = [path for path in (server.folder / "artifacts").rglob("*") if path.is_file()]
    assert [(path.name, path.read_text()) for path in files] == [("roc.svg", "<svg/>")]


@pytest.mark.timeout(900)
def test_a_real_server_that_goes_away_in_mid_run_gets_everything_once(
    server: RealServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracking = open_for(server.uri, tmp_path)
    tracking.params({"seed": 7})
    for step in range(10):
        tracking.metrics({"loss": 1 / (step + 1)}, step=step)
    wait_until_sent(tmp_path, server.uri, 12)

    server.stop()
    for step in range(10, 20):
        tracking.metrics({"loss": 1 / (step + 1)}, step=step)
    tracking.metrics({"recall@fpr=0.01": 0.9})
    tracking.picture("roc.svg", "<svg/>")
    tracking.tags({"commit": "abc"})
    kept = tracking.finish()
    assert (kept.sent, kept.left, kept.refused) == (12, 14, 0)
    assert kept.problem == "no answer from the tracking server"
    still = send_spooled(tmp_path / "runs" / "r")
    assert (still.left, still.problem) == (14, "no answer from the tracking server")

    server.start()
    sent = send_spooled(tmp_path / "runs" / "r")
    assert (sent.sent, sent.left, sent.refused, sent.problem) == (26, 0, 0, "")
    assert_arrived_once(server)
    assert send_spooled(tmp_path / "runs" / "r") == sent

    # All of it once more, as after a crash that lost the note of what was sent.
    (tmp_path / "runs" / "r" / "tracking" / "sent.json").unlink()
    spool = Spool(tmp_path / "runs" / "r")
    (artifact,) = (fact for fact in spool.facts() if fact.kind == "artifact")
    spool.file(artifact).parent.mkdir()
    spool.file(artifact).write_text("<svg/>")
    assert send_spooled(tmp_path / "runs" / "r") == sent
    assert_arrived_once(server)


def test_the_default_is_a_database_in_the_workspace(tmp_path: Path) -> None:
    workspace = tmp_path / "a workspace"
    with open_for(None, workspace) as tracking:
        tracking.params({f"p{number}": number for number in range(30)})
        for number in range(60):
            tracking.metrics({f"m{number}": number / 60})
        for number in range(10):
            tracking.picture(f"{number}.svg", "<svg/>")
    assert tracking.finish().problem == ""
    assert tracking.finish().left == 0
    database = workspace / "runs" / "mlflow.db"
    assert rows(database, "SELECT (SELECT count(*) FROM params), (SELECT count(*) FROM metrics)") == [
        (30, 60)
    ]
    assert rows(database, "SELECT status FROM runs") == [("FINISHED",)]
    assert len(list((workspace / "runs" / "mlartifacts").rglob("*.svg"))) == 10
    assert sorted(path.name for path in (workspace / "runs").iterdir()) == ["mlartifacts", "mlflow.db", "r"]
    assert "mlflow.tracking" not in vars(tracking_module)


def test_a_run_that_was_killed_is_sent_all_the_same(tmp_path: Path) -> None:
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom garrison.run.tracking import open_tracking\n"
        "folder = Path(sys.argv[1])\n"
        "tracking = open_tracking(None, experiment='e', workspace=folder, run_folder=folder / 'r', run_name='r')\n"
        "tracking.metrics({'auc': 0.99})\nos.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    spool = Spool(tmp_path / "r")
    uri = spool.destination().uri
    for _ in range(3000):
        if spool.progress(uri).sent == 2 and not spool.progress(uri).in_doubt:
            break
        time.sleep(0.1)
    assert rows(tmp_path / "runs" / "mlflow.db", "SELECT key, value FROM metrics") == [("auc", 0.99)]


class LoginServer(http.server.BaseHTTPRequestHandler):
    """Just enough of the MLflow REST interface; notes each login, and refuses those that are wrong."""

    wanted = "Basic " + base64.b64encode(b"reader:pa55-wort").decode()

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        """Answer a question."""
        self._answer()

    def do_POST(self) -> None:
        """Take what is told."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer()

    def _answer(self) -> None:
        login = self.headers.get("Authorization", "")
        self.server.seen.append((self.path.partition("?")[0].rpartition("mlflow/")[2], login))  # type: ignore[attr-defined]
        info = {"run_id": "1", "experiment_id": "1", "status": "RUNNING", "artifact_uri": "/nowhere"}
        answers: dict[str, dict[str, Any]] = {
            "experiments/get-by-name": {"experiment": {"experiment_id": "1", "name": "e"}},
            "runs/search": {"runs": []},
            "runs/create": {"run": {"info": info, "data": {}}},
        }
        path = self.path.partition("?")[0].rpartition("mlflow/")[2]
        is_welcome = login == self.wanted
        answer = json.dumps(answers.get(path, {"run_info": info}))
        body = (answer if is_welcome else f"You are not authenticated, having said {login}").encode()
        self.send_response(200 if is_welcome else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def login_server() -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), LoginServer)
    server.seen = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("password", "is_welcome"), [("pa55-wort", True), ("pa55-falsch", False)])
def test_user_and_password_come_from_the_environment_and_are_written_nowhere(
    login_server: http.server.ThreadingHTTPServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    password: str,
    is_welcome: bool,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{login_server.server_port}")
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "reader")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", password)
    with open_for(None, tmp_path) as tracking:
        tracking.params({"note": f"the password is {password}"})
    sent = tracking.finish()
    login = "Basic " + base64.b64encode(f"reader:{password}".encode()).decode()
    seen: list[tuple[str, str]] = login_server.seen  # type: ignore[attr-defined]
    assert {header for _, header in seen} == {login}
    if is_welcome:
        assert (sent.left, sent.problem) == (0, "")
        assert {"runs/create", "runs/log-batch", "runs/update"} <= {path for path, _ in seen}
    else:
        assert sent.left == 3
        assert sent.problem.startswith("the tracking server refused the login")
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in (password, login.removeprefix("Basic ")):
        assert secret.encode() not in kept
        assert secret not in f"{sent} {tracking}"


def test_a_server_that_never_answers_does_not_hold_the_run_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracking_module, "_PATIENCE_S", 1.0)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        tracking = open_for(f"http://127.0.0.1:{silent.getsockname()[1]}", tmp_path)
        tracking.metrics({"auc": 0.99})
        sent = tracking.finish()
    assert sent.left == 3
    assert sent.problem == "the tracking server did not answer in time"
