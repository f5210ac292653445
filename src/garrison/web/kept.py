"""Verdicts on a file, held for whoever had it scored so that they can be downloaded; in memory, and not for long."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

SECONDS = 15 * 60.0
MOST_BYTES = 1 << 26
"""Bytes that are held for all visitors together; the oldest go first."""


@dataclass(frozen=True)
class _Held:
    owner: str
    content: bytes
    until: float


class KeptVerdicts:
    """Holds one file of verdicts a visitor, for a quarter of an hour.

    >>> kept = KeptVerdicts()
    >>> number = kept.keep("me", b"row,score")
    >>> kept.get("me", number), kept.get("you", number), kept.get("me", "1")
    (b'row,score', None, None)
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, most: int = MOST_BYTES) -> None:
        self._clock = clock
        self._most = most
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._turn = threading.Lock()

    def keep(self, owner: str, content: bytes) -> str:
        """Hold a file in place of what was held for its owner; gives the name by which it is asked for."""
        number = secrets.token_hex(8)
        with self._turn:
            now = self._clock()
            for name, held in [*self._held.items()]:
                if held.owner == owner or held.until < now:
                    del self._held[name]
            self._held[number] = _Held(owner, content, now + SECONDS)
            while sum(len(held.content) for held in self._held.values()) > self._most and len(self._held) > 1:
                self._held.popitem(last=False)
        return number

    def get(self, owner: str, number: str) -> bytes | None:
        """What is held under this name for this owner; None where nothing is, or no longer."""
        with self._turn:
            held = self._held.get(number)
            if held is None or held.owner != owner or held.until < self._clock():
                return None
            return held.content
