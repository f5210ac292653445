"""One Python session of a page of the docs: its blocks run one after the other, and know what those before defined."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_SESSION = """
import json, sys
names = {"__name__": "page"}
for line in sys.stdin:
    exec(compile(json.loads(line), "the block", "exec"), names)
    print("\\0", flush=True)
"""


class PageSession:
    """A process of its own in ``folder``, begun with the first block and ended by ``close``."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._process: subprocess.Popen[str] | None = None
        self._said = folder.parent / "python.err"

    def run(self, block: str) -> str:
        """What the block prints; ``AssertionError`` with its traceback where it fails."""
        if self._process is None:
            with self._said.open("w") as said:
                self._process = subprocess.Popen(
                    [sys.executable, "-c", _SESSION],
                    cwd=self._folder,
                    env=self._environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=said,
                    text=True,
                )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(block) + "\n")
        self._process.stdin.flush()
        lines: list[str] = []
        for line in self._process.stdout:
            if line == "\0\n":
                return "".join(lines)
            lines.append(line)
        raise AssertionError(f"{block}\n{self._said.read_text()}")

    def close(self) -> None:
        """End the process as a person does who has no more to ask: its workers end with it."""
        if self._process is not None:
            try:
                self._process.communicate(timeout=60)
            finally:
                self._process.kill()
