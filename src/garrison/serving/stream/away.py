"""The other side of a stream is not there for now: what that is, and how long to wait before it is tried again."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from garrison.errors import GarrisonError
from garrison.serving.stream.stopping import Stop

T = TypeVar("T")
Say = Callable[[str], None]

SHORTEST_S = 0.1
LONGEST_S = 10.0


class Away(Exception):
    """A source or a sink cannot be reached, or has no room; ``error`` is what to say where nobody will wait."""

    def __init__(self, error: GarrisonError) -> None:
        super().__init__(error.what)
        self.error = error


def pauses() -> Iterator[float]:
    """Seconds to wait before each further attempt: twice as long every time, up to ``LONGEST_S``.

    >>> from itertools import islice
    >>> list(islice(pauses(), 4))
    [0.1, 0.2, 0.4, 0.8]
    """
    pause = SHORTEST_S
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_S)


class Patience:
    """Does again what fails because the other side is away, until it is back; says so once at each end.

    ``give_up_after_s`` seconds without success are too many, and so is a wish to stop: then ``Away.error`` is raised.
    """

    def __init__(self, stop: Stop, say: Say, *, give_up_after_s: float | None = None) -> None:
        self._stop = stop
        self._say = say
        self._most_s = give_up_after_s

    def until_done(self, attempt: Callable[[], T]) -> T:
        """What ``attempt`` gives once it does not raise ``Away``."""
        waits = pauses()
        since: float | None = None
        while True:
            try:
                result = attempt()
            except Away as away:
                now = time.monotonic()
                if since is None:
                    since = now
                    where = f" ({away.error.where})" if away.error.where else ""
                    self._say(f"{away.error.what}{where}; trying again until it is back")
                too_long = self._most_s is not None and now - since >= self._most_s
                if too_long or self._stop.wait(next(waits)):
                    raise away.error from away
            else:
                if since is not None:
                    self._say(f"back after {time.monotonic() - since:.1f} s")
                return result
