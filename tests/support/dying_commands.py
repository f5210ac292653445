"""Commands of Garrison in processes of their own, forked from one that has imported everything, and killed at will.

    python dying_commands.py

reads one JSON list a line: the number of the system call that writes at which the process dies (0: none), and the
command's arguments. Prints ``pid N`` when a process has begun and ``rc N`` when it has ended.
"""

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HEAVY = (
    "xgboost.sklearn",
    "garrison.registry.address",
    "garrison.serving.stream.run",
    "garrison.serving.stream.sinks.redis",
    "garrison.serving.stream.sources.redis",
    "garrison.detection.families.xgboost",
    "garrison.data.pseudonym_key",
)


class Commands:
    """The other end: runs commands one after the other."""

    def __init__(self, folder: Path) -> None:
        self._errors = folder / "stderr"
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=folder,
                text=True,
            )

    def start(self, *arguments: object, dies_at: int = 0) -> int:
        """Begin a command; its process's number."""
        self._errors.write_bytes(b"")
        assert self._process.stdin is not None
        print(json.dumps([dies_at, *map(str, arguments)]), file=self._process.stdin, flush=True)
        return self._read("pid")

    def wait(self) -> int:
        """Its exit code, negative where a signal ended it."""
        return self._read("rc")

    def run(self, *arguments: object, dies_at: int = 0) -> int:
        """Begin a command and wait for its end."""
        self.start(*arguments, dies_at=dies_at)
        return self.wait()

    @property
    def said(self) -> str:
        """What the command wrote on standard error."""
        return self._errors.read_text(encoding="utf-8", errors="replace").replace("\0", "")

    def _read(self, what: str) -> int:
        assert self._process.stdout is not None
        word, _, number = self._process.stdout.readline().partition(" ")
        assert word == what, self.said
        return int(number)

    def close(self) -> None:
        """End."""
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()


@contextlib.contextmanager
def commands(folder: Path) -> Iterator[Commands]:
    """Commands that run in ``folder``."""
    found = Commands(folder)
    try:
        yield found
    finally:
        found.close()


def _dying(count: int) -> None:
    """Kill this process at its ``count``th write, sync, cut or renaming; a write is half done by then."""
    left = count

    def watched(name: str) -> None:
        real = getattr(os, name)

        def call(*arguments: Any, **more: Any) -> Any:
            nonlocal left
            if name != "write" or arguments[0] > 2:
                left -= 1
                if left == 0:
                    if name == "write":
                        real(arguments[0], arguments[1][: len(arguments[1]) // 2])
                    os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **more)

        setattr(os, name, call)

    for name in ("write", "pwrite", "fsync", "ftruncate", "replace"):
        watched(name)


def _serve() -> None:
    from garrison.cli.main import run_command

    for name in HEAVY:
        importlib.import_module(name)
    for line in sys.stdin:
        dies_at, *arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(2, 1)
            os.lseek(2, 0, os.SEEK_SET)
            if dies_at:
                _dying(dies_at)
            code = run_command(arguments)
            sys.stderr.flush()
            os._exit(code)
        print(f"pid {child}", flush=True)
        _, status = os.waitpid(child, 0)
        print(f"rc {os.waitstatus_to_exitcode(status)}", flush=True)


if __name__ == "__main__":
    _serve()
