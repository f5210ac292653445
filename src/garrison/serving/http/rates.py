"""How many requests a second: a bucket of tokens for each caller."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_CALLERS = 10_000


class Rates:
    """Allows each caller ``burst`` requests at once, and ``rate`` a second after that.

    The callers remembered are bounded: beyond ``MOST_CALLERS`` the one that was silent for longest is forgotten.

    >>> now = 0.0
    >>> rates = Rates(2.0, burst=1, clock=lambda: now)
    >>> rates.wait("a"), rates.wait("a"), rates.wait("b")
    (0.0, 0.5, 0.0)
    >>> now = 0.5
    >>> rates.wait("a")
    0.0
    """

    def __init__(
        self, rate: float | None, *, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.rate = rate
        self.burst = burst
        self._clock = clock
        self._filled: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, caller: str, *, rate: float | None = None) -> float:
        """0 where the request is allowed, which takes a token; else the seconds until it would be.

        ``rate`` is the caller's own, which wins.
        """
        allowed = rate or self.rate
        if allowed is None:
            return 0.0
        now = self._clock()
        tokens, since = self._filled.pop(caller, (float(self.burst), now))
        tokens = min(float(self.burst), tokens + (now - since) * allowed)
        taken = tokens >= 1
        self._filled[caller] = (tokens - 1 if taken else tokens, now)
        if len(self._filled) > MOST_CALLERS:
            self._filled.popitem(last=False)
        return 0.0 if taken else (1 - tokens) / allowed


def retry_after(seconds: float) -> str:
    """A Retry-After header: whole seconds, at least one.

    >>> retry_after(0.2), retry_after(1.5)
    ('1', '2')
    """
    return str(max(1, math.ceil(seconds)))
