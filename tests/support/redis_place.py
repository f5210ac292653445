"""A Redis for tests: a real server where one is installed, else one that fakeredis plays over TCP."""

import contextlib
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


@dataclass
class RedisPlace:
    """A server on loopback that can go away and come back; ``real`` unless fakeredis plays it."""

    folder: Path
    port: int = 0
    real: bool = field(default_factory=lambda: shutil.which("redis-server") is not None)
    _server: Any = None

    @property
    def url(self) -> str:
        """Its address; a stream's name is to be added."""
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> Any:
        """A client of it."""
        return redis.Redis(port=self.port, protocol=2, retry=Retry(NoBackoff(), 0))

    def start(self) -> None:
        """Begin, or be back with everything that was there."""
        self.port = self.port or _free_port()
        if self.real:
            options = [
                "--port",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "--dir",
                str(self.folder),
                "--save",
                "",
            ]
            self._server = subprocess.Popen(
                ["redis-server", *options, "--appendonly", "yes"], stdout=subprocess.DEVNULL
            )
        else:
            from fakeredis import TcpFakeServer

            self._server = TcpFakeServer(("127.0.0.1", self.port), server_type="redis")
            threading.Thread(target=self._server.serve_forever, daemon=True).start()
        for _ in range(200):
            with (
                contextlib.suppress(redis.ConnectionError, OSError),
                contextlib.closing(self.client()) as client,
            ):
                if client.ping():
                    return
            time.sleep(0.05)
        raise RuntimeError("Redis does not start")

    def stop(self) -> None:
        """Go away."""
        if self.real:
            self._server.terminate()
            self._server.wait(timeout=20)
        else:
            self._server.shutdown()
            self._server.server_close()


@contextlib.contextmanager
def redis_place(folder: Path) -> Iterator[RedisPlace]:
    """A server while the block runs."""
    place = RedisPlace(folder)
    place.start()
    try:
        yield place
    finally:
        place.stop()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
