"""The keys that were found to fit a crib, each once, and how many of the restarts came to one."""

import numpy as np

from garrison.ciphers.m209.key_stream import key_stream, keys_acting
from garrison.ciphers.m209.keys import Bools, M209Keys
from garrison.ciphers.recovery.restarts import Restarts

MOST_KEPT = 4096
"""No more keys than this are kept: a crib that so many fit says little."""


class Fits:
    """Keys that reproduce every letter of the known key stream; ``wrong`` is the fewest wrong letters seen so far."""

    def __init__(self, length: int) -> None:
        self.wrong = length
        self.steps_to_first = 0
        self.came = 0
        self._seen: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self._seen)

    @property
    def full(self) -> bool:
        """Whether no more are kept."""
        return len(self) >= MOST_KEPT

    def look(self, restarts: Restarts, steps: int) -> Bools:
        """Keep what fits now; returns which restarts do, bool ``(r,)``. ``steps`` were made before."""
        wrong = restarts.wrong()
        self.wrong = min(self.wrong, int(wrong.min()))
        which = np.flatnonzero(wrong == 0)
        if len(which):
            if not self._seen:
                self.steps_to_first = steps
            found = M209Keys(np.ascontiguousarray(restarts.pins[:, which].T), restarts.bars(which))
            for packed in map(bytes, found.packed()):
                if packed in self._seen or not self.full:
                    self._seen[packed] = self._seen.get(packed, 0) + 1
        return np.asarray(wrong == 0)

    def keys(self) -> M209Keys:
        """All that were kept, those that were met most often first; their pins in the order in which they act."""
        often = sorted(self._seen, key=self._seen.__getitem__, reverse=True)
        rows = np.frombuffer(b"".join(often), np.uint8).reshape(len(self), -1)
        return M209Keys.unpacked(rows)


def different(acting: M209Keys, length: int) -> M209Keys:
    """Of keys whose pins are in the order in which they act, one for each different key stream of so many letters.

    The wheels of two keys may be set in other ways and yet shift every letter alike, as where a wheel has no lug.
    """
    streams = key_stream(keys_acting(acting.pins, acting.bars), length)
    _, first = np.unique(streams, axis=0, return_index=True)
    return acting[np.sort(first)]
