"""Scored events handed to a log in a thread of its own, so that scoring never waits for it."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from garrison.errors import GarrisonError, OutputError
from garrison.monitoring.scored.layout import ScoredRows, joined

MOST_WAITING = 100_000
"""Events that may wait to be written; what comes while they do is lost, and counted."""

MOST_TOGETHER = 65_536
"""Events that are written at once."""

LONGEST_PAUSE_S = 30.0


class ScoredLog(Protocol):
    """Who wants to know of every scored event, and may take its time. Called from one thread only."""

    def write(self, rows: ScoredRows, /) -> None:
        """Take the rows; what is raised is told and counted by whoever hands them over."""

    def close(self) -> None:
        """Nothing comes after this."""


@dataclass(frozen=True)
class Losses:
    """What became of the events offered: ``written`` (sampled or left out on purpose), waiting, and lost.

    ``lost_full`` came while too many waited; ``lost_failed`` could not be written before the end. ``problem`` is the
    last failure of the log, "" when all is well.
    """

    offered: int
    written: int
    waiting: int
    lost_full: int
    lost_failed: int
    problem: str


class BackgroundLog:
    """Takes scored events without ever waiting, and writes them in a thread; failures are tried again.

    Every ``every_s`` seconds what has come is written. A log that fails is tried again after pauses that double, up to
    half a minute; meanwhile events wait, at most ``most_waiting``. The order is kept. ``on_end`` is told how many
    events were written, or could not be: of those that were taken, each once.
    """

    def __init__(
        self,
        log: ScoredLog,
        *,
        most_waiting: int = MOST_WAITING,
        every_s: float = 1.0,
        pause_s: float = 0.5,
        on_problem: Callable[[str], None] = lambda _: None,
        on_end: Callable[[int, bool], None] = lambda *_: None,
    ) -> None:
        self._log = log
        self._most = most_waiting
        self._every_s = every_s
        self._pause_s = pause_s
        self._on_problem = on_problem
        self._on_end = on_end
        self._waiting: deque[ScoredRows] = deque()
        self._turn = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._offered = self._written = self._held = self._full = self._failed = 0
        self._problem = ""
        self._give_up_at = float("inf")
        self._thread = threading.Thread(target=self._work, name="garrison-scored-log", daemon=True)
        self._thread.start()

    def append(self, rows: ScoredRows) -> bool:
        """Offer rows; false where they are lost because too many wait, or the log was closed. Never waits."""
        count = len(rows)
        with self._turn:
            self._offered += count
            if self._held + count > self._most or self._stop.is_set():
                self._full += count
                return False
            self._held += count
            self._waiting.append(rows)
        self._wake.set()
        return True

    def write(self, rows: ScoredRows, /) -> None:
        """As ``append``, for whoever wants to hear of a loss as an error: ``OutputError``."""
        if not self.append(rows):
            raise OutputError(
                f"{len(rows):,} scored event(s) are not logged: too many wait already",
                where="scored log",
                expected=self.losses().problem or "a store that keeps up",
                remedy="log a smaller sample, or to a store that is faster",
            )

    def losses(self) -> Losses:
        """What became of the events so far."""
        with self._turn:
            return Losses(self._offered, self._written, self._held, self._full, self._failed, self._problem)

    def close(self) -> None:
        """As ``finish``, for whoever does not ask what became of the events."""
        self.finish()

    def finish(self, *, seconds: float = 10.0) -> Losses:
        """Write what waits, trying for so many seconds at most, and say what became of it all."""
        self._give_up_at = time.monotonic() + seconds
        self._stop.set()
        self._wake.set()
        self._thread.join(seconds + 1)
        with self._turn:
            left, self._held = self._held, 0
            self._failed += left
            self._waiting.clear()
        if left:
            self._on_end(left, False)
        self._log.close()
        return self.losses()

    def _work(self) -> None:
        pause = self._pause_s
        while True:
            self._wake.wait()
            self._wake.clear()
            if not self._stop.is_set():
                self._stop.wait(self._every_s)
            while entries := self._next():
                if self._write(entries):
                    pause = self._pause_s
                    continue
                if time.monotonic() + pause >= self._give_up_at:
                    return
                # While it stops, what is left of the time is for further tries.
                (time.sleep if self._stop.is_set() else self._stop.wait)(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
            if self._stop.is_set():
                return

    def _next(self) -> list[ScoredRows]:
        """What has waited longest, and what follows it and can be written with it."""
        with self._turn:
            entries: list[ScoredRows] = []
            held = 0
            for entry in self._waiting:
                if entries and (not entry.is_like(entries[0]) or held + len(entry) > MOST_TOGETHER):
                    break
                entries.append(entry)
                held += len(entry)
            return entries

    def _write(self, entries: list[ScoredRows]) -> bool:
        """Write what has waited longest; false where it has to wait on."""
        try:
            self._log.write(joined(entries))
        except (GarrisonError, OSError) as error:
            self._fail(str(error).partition("\n")[0])
            return False
        except Exception as error:
            # These rows can never be written; those behind them may be.
            self._fail(f"{type(error).__name__}: {error}")
            self._drop(entries, written=False)
            return True
        self._problem = ""
        self._drop(entries, written=True)
        return True

    def _drop(self, entries: list[ScoredRows], *, written: bool) -> None:
        count = sum(map(len, entries))
        with self._turn:
            if not self._waiting or self._waiting[0] is not entries[0]:
                return  # the log was closed meanwhile, and these were counted as lost
            for _ in entries:
                self._waiting.popleft()
            self._held -= count
            self._written += count if written else 0
            self._failed += 0 if written else count
        self._on_end(count, written)

    def _fail(self, problem: str) -> None:
        with self._turn:
            changed, self._problem = problem != self._problem, problem
        if changed:
            self._on_problem(problem)
