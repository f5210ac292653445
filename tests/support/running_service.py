"""A service that runs: in a thread of this process, or, where signals matter, in a process of its own."""

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from garrison.monitoring import ScoredLog
from garrison.serving.http import ServingSettings
from garrison.serving.http.server import _Server, bind, config_of, url_of
from garrison.serving.http.service import Service
from garrison.web import make_site


@contextlib.contextmanager
def running(
    workspace: Path, *, scored_log: ScoredLog | None = None, with_pages: bool = False, **settings: Any
) -> Iterator[tuple[httpx.Client, Service]]:
    """A client of a service on a loopback socket, and the service; with its pages or without."""
    settings = {
        "models": ("production/flows",),
        "port": 0,
        "watch_seconds": 0,
        "drain_seconds": 0.0,
        **settings,
    }
    service = Service(ServingSettings(**settings), workspace=workspace, scored_log=scored_log)
    site = make_site(service) if with_pages else None
    listener = bind("127.0.0.1", 0)
    listening = threading.Event()
    url = url_of(listener)
    server: uvicorn.Server = _Server(config_of(service, site), service, url, lambda _: listening.set())
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    assert listening.wait(120)
    try:
        with httpx.Client(base_url=url, timeout=30) as client:
            yield client, service
    finally:
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive()


class Process:
    """`garrison serve` as a person starts it; ``output`` is what it printed on standard output so far."""

    def __init__(self, workspace: Path, *arguments: str) -> None:
        self._errors = (workspace / "serve.log").open("w+b")
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-c", "from garrison.cli import main; main()"),
                *("serve", "--port", "0", "--workspace", str(workspace), *arguments),
            ],
            stdout=subprocess.PIPE,
            stderr=self._errors,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self.output = ""
        self.url = self._wait_for("serving:").split()[1]

    @property
    def pid(self) -> int:
        return self._process.pid

    def _wait_for(self, start: str, *, seconds: float = 240) -> str:
        assert self._process.stdout is not None
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self._process.stdout], [], [], 0.2)[0]:
                line = self._process.stdout.readline().decode()
                self.output += line
                if line.startswith(start):
                    return line
                if not line:
                    break
        raise AssertionError(f"it did not say {start!r}: {self.output}\n{self.errors()}")

    def errors(self) -> str:
        self._errors.flush()
        return Path(self._errors.name).read_text(encoding="utf-8")

    def log(self) -> list[dict[str, Any]]:
        """The lines of its log."""
        return [json.loads(line) for line in self.errors().splitlines() if line.startswith("{")]

    def signal(self, number: int) -> None:
        os.kill(self._process.pid, number)

    def wait(self, seconds: float = 120) -> int:
        """The code it ended with."""
        return self._process.wait(seconds)

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()
