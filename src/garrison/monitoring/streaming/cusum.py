"""CUSUM: how far a sum of deviations from what training was like has risen, or fallen."""

from typing import ClassVar

from garrison.monitoring.streaming.base import SLACK, Floats, StreamTest, normal_scores, sum_threshold


class Cusum(StreamTest):
    """Page (Biometrika 1954), on normal scores.

    It compares with the training, and not with what the stream was like before: a stream that is another one from its
    first value on is noticed too.
    """

    name: ClassVar[str] = "cusum"

    def __init__(self, *, rate: float) -> None:
        super().__init__(rate=rate)
        self._threshold = sum_threshold(rate)
        self._up = self._down = 0.0

    def update(self, places: Floats) -> tuple[int, ...]:
        """Look at the next places."""
        found = []
        for place, value in enumerate(normal_scores(places).tolist()):
            self._up = max(self._up + value - SLACK, 0.0)
            self._down = max(self._down - value - SLACK, 0.0)
            if max(self._up, self._down) > self._threshold:
                found.append(place)
                self._up = self._down = 0.0
        return tuple(found)
