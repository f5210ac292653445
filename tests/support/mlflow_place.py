"""A real MLflow server on this machine that asks for user and password."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

USER = "admin"
PASSWORD = "hunter2-hunter2"


class MlflowPlace:
    """An MLflow server with its database, its users and its artifacts in ``home``."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.home = home
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        (home / "auth.ini").write_text(
            "[mlflow]\n"
            "default_permission = READ\n"
            f"database_uri = sqlite:///{home}/users.db\n"
            f"admin_username = {USER}\n"
            "authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n"
            "auth_cache_ttl_seconds = 60\n"
        )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port)]
        storage = [
            *("--backend-store-uri", f"sqlite:///{self.home}/mlflow.db"),
            *("--artifacts-destination", str(self.home / "files")),
        ]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")}
        secrets = {
            "MLFLOW_AUTH_CONFIG_PATH": str(self.home / "auth.ini"),
            "MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD,
            "MLFLOW_FLASK_SERVER_SECRET_KEY": "only for this test",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }
        with (self.home / "log").open("a") as log:
            self.process = subprocess.Popen(
                [*command, *storage, "--workers", "1", "--app-name", "basic-auth"],
                stdout=log,
                stderr=log,
                cwd=self.home,
                env=clean | secrets,
                start_new_session=True,
            )
        self._wait()

    def stop(self) -> None:
        """Stop the server and everything it started."""
        if self.process is not None:
            os.killpg(self.process.pid, 15)
            self.process.wait(timeout=60)
            self.process = None

    def log(self) -> str:
        """What the server wrote."""
        return (self.home / "log").read_text()

    def _wait(self) -> None:
        for _ in range(1200):
            try:
                if httpx.get(f"{self.address}/health", timeout=5).is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
            assert self.process is not None
            assert self.process.poll() is None, self.log()
        raise AssertionError(f"the MLflow server did not start:\n{self.log()}")
