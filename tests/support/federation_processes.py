"""A server and parties of a federation as processes of their own, and ways to wait for what they say."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PATIENCE_S = 300.0


class Command:
    """`garrison …` in a process of its own; what it says goes to a file."""

    def __init__(self, folder: Path, name: str, *options: str) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        with self.log.open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "garrison", "federated", *options],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )

    @property
    def said(self) -> str:
        """All it has said."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, text: str, *, times: int = 1) -> None:
        """Wait until it has said that so often."""
        until(lambda: self.said.count(text) >= times or self.process.poll() is not None, self)
        assert self.said.count(text) >= times, f"{self.name} ended ({self.process.poll()}):\n{self.said}"

    def send(self, what: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.process.pid, what)

    def ended(self) -> int:
        """Wait for its end; gives the exit code."""
        return self.process.wait(PATIENCE_S)

    def end(self) -> None:
        """Kill it, if it is still there."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            self.process.wait()


def until(holds: Callable[[], bool], *commands: Command) -> None:
    """Wait until it holds; shows what the commands said when it does not come."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            said = "\n".join(f"== {one.name}\n{one.said}" for one in commands)
            raise AssertionError(f"not within {PATIENCE_S:g} s\n{said}")
        time.sleep(0.1)


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children_of(folder: Path) -> list[int]:
    """The Flower processes that were started for things in ``folder``."""
    import psutil

    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            line = process.cmdline()
            if "garrison.federated.deployment.flower_child" in line and process.cwd() == str(folder):
                found.append(process.pid)
    return found
