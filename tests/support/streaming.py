"""Streams run in a thread of the test, and what they leave behind."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from garrison.data.pseudonyms import Pseudonyms
from garrison.detection import Detector
from garrison.serving.stream import Pace, Stop, Summary, run_stream

PSEUDONYMS = Pseudonyms(bytes(range(32)))
QUICK = Pace(batch_rows=20, max_wait_s=0.02, checkpoint_s=0)


@dataclass
class Running:
    """A stream at work: what it said, and how it ended."""

    stop: Stop
    said: list[str] = field(default_factory=list)
    summary: Summary | None = None
    error: BaseException | None = None

    def has_said(self, text: str) -> bool:
        """Whether it has said something with ``text`` in it."""
        return any(text in line for line in self.said)


def run(detector: Detector, folder: Path, source: object, sink: object, **more: Any) -> Summary:
    """Run a stream to the end of what is there."""
    options = {"say": print, "pace": QUICK, "pseudonyms": PSEUDONYMS, "until_end": True, **more}
    options = {"state": folder / "state", "refused": folder / "refused.jsonl", **options}
    return run_stream(detector, str(source), str(sink), **options)


@contextlib.contextmanager
def running(detector: Detector, folder: Path, source: object, sink: object, **more: Any) -> Iterator[Running]:
    """A stream in a thread, asked to stop at the end of the block."""
    found = Running(Stop())

    def work() -> None:
        try:
            found.summary = run(
                detector,
                folder,
                source,
                sink,
                until_end=False,
                stop=found.stop,
                say=found.said.append,
                **more,
            )
        except BaseException as error:
            found.error = error

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield found
    except AssertionError as failed:
        raise AssertionError(
            f"{failed}; the stream said {found.said} and ended with {found.error!r}"
        ) from failed
    finally:
        found.stop.ask("the test")
        thread.join(timeout=60)
        assert not thread.is_alive()


def until(what: Callable[[], object], *, seconds: float = 60.0) -> None:
    """Wait until ``what`` is true."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited for too long"
        time.sleep(0.02)


def read(path: Path) -> list[dict[str, Any]]:
    """The JSON lines of a file that are whole, as it may be written just now; none where it is not there."""
    content = path.read_bytes() if path.exists() else b""
    return [json.loads(line) for line in content[: content.rfind(b"\n") + 1].splitlines()]


def scores(verdicts: list[dict[str, Any]]) -> list[float]:
    """The scores, in order; no verdict may be there twice."""
    names = [each["id"] for each in verdicts]
    assert len(set(names)) == len(names)
    return [each["score"] for each in verdicts]
