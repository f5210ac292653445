"""One of Flower's servers as a child of this process: it dies with us, and nothing of it phones home."""

import os
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal

from garrison.errors import FederationError
from garrison.federated.deployment.no_proxy import names_a_proxy
from garrison.files import output_errors

STOP_S = 10.0
_TAIL = 100_000


class FlowerProcess:
    """A running `superlink` or `supernode`; its output goes to ``log``, and ``key`` is known to it and us alone.

    ``home`` is where Flower may keep things. Use it as a context manager, or call ``stop``.
    """

    def __init__(
        self, kind: Literal["superlink", "supernode"], options: Sequence[str], *, home: Path, log: Path
    ) -> None:
        self.kind, self.log = kind, log
        self.key = secrets.token_hex(32)
        with output_errors(log):
            home.mkdir(parents=True, exist_ok=True)
            with log.open("ab") as file:
                self._begin = file.tell()
                self._process = subprocess.Popen(  # noqa: S603
                    [sys.executable, "-m", "garrison.federated.deployment.flower_child", kind, *options],
                    stdin=subprocess.PIPE,
                    stdout=file,
                    stderr=file,
                    env=quiet_environment(home),
                    start_new_session=True,
                )
        assert self._process.stdin is not None
        self._process.stdin.write(f"{self.key}\n".encode("ascii"))
        self._process.stdin.flush()
        # Whoever waits for it takes it off the table of processes, also when nobody asks.
        threading.Thread(target=self._process.wait, daemon=True).start()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def words(self) -> str:
        """What it wrote, the last of it where that is much, without colours."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(self._begin, file.seek(0, os.SEEK_END) - _TAIL))
                text = file.read().decode("utf-8", errors="replace")
        except OSError:
            return ""
        return re.sub(r"\x1b\[[0-9;]*m", "", text).strip()

    def failure(self) -> FederationError:
        """Its end, as an error that names its log and the last line that says something."""
        lines = [line for line in self.words().splitlines() if line.strip()]
        telling = [line for line in lines if "rror" in line or "Exit Code" in line] or lines
        return FederationError(
            f"Flower's {self.kind} ended by itself (exit code {self._process.poll()})",
            where=str(self.log),
            expected="that it runs until it is told to stop",
            remedy=f"its last words: {telling[-1].strip() if telling else 'none'}",
        )

    def stop(self) -> None:
        """Close its standard input, which ends it; after some seconds kill it."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def __enter__(self) -> "FlowerProcess":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def quiet_environment(home: Path) -> dict[str, str]:
    """The environment of a child: Flower sends no telemetry, looks for no update and keeps its files in ``home``.

    Proxies are left out, as the addresses are those of the federation itself.
    """
    kept = {name: value for name, value in os.environ.items() if not names_a_proxy(name)}
    return {
        **kept,
        "FLWR_TELEMETRY_ENABLED": "0",
        "FLWR_DISABLE_UPDATE_CHECK": "1",
        "FLWR_HOME": str(home.resolve()),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join(part for part in sys.path if part),
        "NO_COLOR": "1",
    }
