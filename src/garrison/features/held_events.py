"""The latest events of a stream in order of time, in one array that is written at its end and read from its middle."""

import numpy as np

from garrison.features.past_counts import Ints

_SMALLEST = 1_024


class HeldEvents:
    """Events as columns of an int64 array, whose second row is their time; adding some costs what they are, not
    what is held.

    >>> held = HeldEvents(2)
    >>> held.keep(np.array([[7, 7], [10, 20]]), since=0)
    >>> held.keep(np.array([[8], [30]]), since=15)
    >>> held.matrix.tolist()
    [[7, 8], [20, 30]]
    """

    def __init__(self, rows: int) -> None:
        self._all = np.zeros((rows, _SMALLEST), dtype=np.int64)
        self._first = self._last = 0

    @property
    def matrix(self) -> Ints:
        """What is held, shape (rows, n), in order of time; a view."""
        return self._all[:, self._first : self._last]

    def keep(self, new: Ints, *, since: int) -> None:
        """Add ``new``, shape (rows, k), and drop what is earlier than ``since``."""
        self._first += int(np.searchsorted(self.matrix[1], since))
        new = new[:, new[1] >= since]
        if not new.shape[1]:
            return
        if (new[1, 1:] < new[1, :-1]).any():
            new = new[:, np.argsort(new[1], kind="stable")]
        held = self.matrix
        earlier = int(np.searchsorted(held[1], new[1, 0], side="right"))
        if earlier < held.shape[1]:
            both = np.concatenate([held[:, earlier:], new], axis=1)
            new = both[:, np.argsort(both[1], kind="stable")]
            self._last = self._first + earlier
        self._append(new)

    def _append(self, new: Ints) -> None:
        held, count = self.matrix, new.shape[1]
        if self._last + count > self._all.shape[1]:
            room = max(2 * (held.shape[1] + count), _SMALLEST)
            moved = np.empty((self._all.shape[0], room), dtype=np.int64)
            moved[:, : held.shape[1]] = held
            self._all, self._first, self._last = moved, 0, held.shape[1]
        self._all[:, self._last : self._last + count] = new
        self._last += count
