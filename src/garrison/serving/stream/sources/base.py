"""What every source of a stream does: give lines, know its place, and be told when that place is safe."""

import time
from abc import ABC, abstractmethod
from typing import ClassVar

from garrison.serving.stream.away import Say
from garrison.serving.stream.stopping import Stop
from garrison.serving.stream.taken import Position, Taken, joined

POLL_S = 0.05
"""Seconds between two looks at a source that cannot wake its reader."""

MOST_BYTES = 16_000_000
"""Bytes of lines beyond which a batch takes no more, however few they are."""

IDLE_S = 0.5
"""Seconds after which a source that has nothing says so."""


class StreamSource(ABC):
    """Where events come from.

    ``open`` and ``take`` raise ``Away`` while the other side is not there, and may be called again. ``ended`` is true
    once there will never be more.
    """

    resumes: ClassVar[bool] = True
    """Whether it can go on from a place after a break."""
    file: str = ""
    """The name by whose ending the format is told; empty where there is none."""
    ended: bool = False

    def __init__(self, shown: str, *, stop: Stop, say: Say) -> None:
        self.shown = shown
        self.stop = stop
        self.say = say
        self._held: Taken | None = None

    @abstractmethod
    def open(self, position: Position | None) -> Position | None:
        """Go on behind ``position``; without one, begin. Gives the place where it begins, where that is one."""

    @abstractmethod
    def _some(self, most: int, wait_s: float) -> Taken | None:
        """What is there, at most ``most`` lines of one file; waits up to ``wait_s`` seconds where nothing is."""

    def take(self, most: int, max_wait_s: float) -> Taken | None:
        """The next lines: ``most`` of them (fewer of long ones), or those of ``max_wait_s`` seconds from the first on.

        None where nothing came for a while, or it is time to stop.
        """
        parts: list[Taken] = []
        count = 0
        size = 0
        deadline = time.monotonic() + IDLE_S
        while count < most and size < MOST_BYTES:
            wait_s = deadline - time.monotonic()
            if parts and (wait_s <= 0 or self.stop):
                break
            part, self._held = self._held or self._some(most - count, max(wait_s, 0.0)), None
            if part is None:
                if self.stop or self.ended or time.monotonic() >= deadline:
                    break
                continue
            if parts and part.begins:
                self._held = part
                break
            if not parts:
                deadline = time.monotonic() + max_wait_s
            parts.append(part)
            count += part.count
            size += sum(map(len, part.lines))
        return joined(parts) if parts else None

    def head(self) -> list[bytes]:
        """The first lines of a file that is read from its end."""
        return []

    def commit(self, position: Position) -> None:  # noqa: B027 (a file needs not be told)
        """What lies before ``position`` is scored, and its verdicts are safe; raises ``Away``."""

    def behind(self) -> str:
        """How much is there that was not taken, as words; empty where that is not known."""
        return ""

    def close(self) -> None:  # noqa: B027 (not every source has something to let go of)
        """Let go of it; ``open`` begins anew."""
