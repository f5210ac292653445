"""Commands of Garrison in processes of their own, forked from one that has imported everything, and killed at will.

    python dying_commands.py

reads one JSON object a line: the command's ``arguments``; ``dies_at``, the number of the system call that writes at
which the process dies (0: none); whether its clock stands ``still``; and whether to ``learn`` what it imported, so that
those forked later have it.
Prints ``pid N`` when a process has begun and ``rc N CALLS`` when it has ended after so many system calls that write.
"""

import contextlib
import importlib
import json
import mmap
import os
import select
import signal
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from faults.standing_clock import stand_still

HEAVY = (
    "xgboost.sklearn",
    "garrison.registry.address",
    "garrison.serving.stream.run",
    "garrison.serving.stream.sinks.redis",
    "garrison.serving.stream.sources.redis",
    "garrison.detection.families.xgboost",
    "garrison.data.pseudonym_key",
)
WRITING = (
    *("write", "pwrite", "fsync", "ftruncate", "truncate"),
    *("replace", "rename", "link", "mkdir", "rmdir", "unlink"),
)


class Commands:
    """The other end: runs commands one after the other."""

    def __init__(
        self, folder: Path, *, heavy: Sequence[str] = HEAVY, environment: Mapping[str, str] | None = None
    ) -> None:
        self._errors = folder / "stderr"
        self.calls = 0
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, __file__, *heavy],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=folder,
                text=True,
                env=None if environment is None else dict(environment),
            )

    def start(self, *arguments: object, dies_at: int = 0, still: bool = False, learn: bool = False) -> int:
        """Begin a command; its process's number."""
        self._errors.write_bytes(b"")
        assert self._process.stdin is not None
        words = [str(each) for each in arguments]
        asked = {"arguments": words, "dies_at": dies_at, "still": still, "learn": learn}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        return self._read("pid")[0]

    def wait(self) -> int:
        """Its exit code, negative where a signal ended it; ``calls`` then counts its system calls that write."""
        code, self.calls = self._read("rc")
        return code

    def run(
        self,
        *arguments: object,
        dies_at: int = 0,
        dies_after: float | None = None,
        still: bool = False,
        learn: bool = False,
    ) -> int:
        """Begin a command and wait for its end, which comes after ``dies_after`` seconds at the latest."""
        pid = self.start(*arguments, dies_at=dies_at, still=still, learn=learn)
        if dies_after is not None:
            assert self._process.stdout is not None
            if not select.select([self._process.stdout], [], [], dies_after)[0]:
                os.kill(pid, signal.SIGKILL)
        return self.wait()

    @property
    def said(self) -> str:
        """What the command wrote on standard error."""
        return self._errors.read_text(encoding="utf-8", errors="replace").replace("\0", "")

    def _read(self, what: str) -> list[int]:
        assert self._process.stdout is not None
        word, *numbers = self._process.stdout.readline().split()
        assert word == what, self.said
        return [int(number) for number in numbers]

    def close(self) -> None:
        """End."""
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()


@contextlib.contextmanager
def commands(
    folder: Path, *, heavy: Sequence[str] = HEAVY, environment: Mapping[str, str] | None = None
) -> Iterator[Commands]:
    """Commands that run in ``folder``."""
    found = Commands(folder, heavy=heavy, environment=environment)
    try:
        yield found
    finally:
        found.close()


def _dying(count: int, calls: mmap.mmap) -> None:
    """Kill this process at its ``count``th system call of ``WRITING``; a write is half done by then."""
    done = 0

    def watched(name: str) -> None:
        real = getattr(os, name)

        def call(*arguments: Any, **more: Any) -> Any:
            nonlocal done
            if name != "write" or arguments[0] > 2:
                done += 1
                calls[:8] = struct.pack("q", done)
                if done == count:
                    if name == "write":
                        real(arguments[0], arguments[1][: len(arguments[1]) // 2])
                    os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **more)

        setattr(os, name, call)

    for name in WRITING:
        watched(name)


def _become(asked: Mapping[str, Any], calls: mmap.mmap, imported: str) -> None:
    """Be the command: never returns."""
    from garrison.cli.main import run_command

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    os.lseek(2, 0, os.SEEK_SET)
    sys.argv = ["garrison", *asked["arguments"]]
    if asked["still"]:
        stand_still()
    _dying(asked["dies_at"], calls)
    code = run_command(asked["arguments"])
    sys.stdout.flush()
    sys.stderr.flush()
    if asked["learn"]:
        Path(imported).write_text(json.dumps(list(sys.modules)), encoding="utf-8")
    os._exit(code)


def _serve(heavy: Sequence[str]) -> None:
    importlib.import_module("garrison.cli.main")
    for name in heavy:
        importlib.import_module(name)
    calls = mmap.mmap(-1, 8)
    with tempfile.NamedTemporaryFile("r") as imported:
        for line in sys.stdin:
            asked = json.loads(line)
            calls[:8] = struct.pack("q", 0)
            child = os.fork()
            if child == 0:
                _become(asked, calls, imported.name)
            print(f"pid {child}", flush=True)
            _, status = os.waitpid(child, 0)
            if asked["learn"]:
                for name in json.loads(Path(imported.name).read_text() or "[]"):
                    with contextlib.suppress(Exception):
                        importlib.import_module(name)
            number = struct.unpack("q", calls[:8])[0]
            print(f"rc {os.waitstatus_to_exitcode(status)} {number}", flush=True)


if __name__ == "__main__":
    _serve(sys.argv[1:])
