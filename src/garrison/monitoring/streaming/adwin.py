"""ADWIN: a window that grows while nothing changes, and drops its older part when that differs from the newer."""

from typing import Any, ClassVar

from garrison.monitoring.streaming.base import Floats, StreamTest

CHECK_EVERY = 32


class Adwin(StreamTest):
    """Bifet and Gavaldà, "Learning from time-changing data with adaptive windowing", SDM 2007; through river.

    It compares what it saw with what it sees now: what training was like is of no matter to it. Its bound holds each
    time it compares the parts of its window, every 32 values, and is a cautious one. Memory grows with the logarithm
    of the stream.
    """

    name: ClassVar[str] = "adwin"

    def __init__(self, *, rate: float) -> None:
        super().__init__(rate=rate)
        import river.drift

        tests: Any = river.drift
        self._test = tests.ADWIN(delta=min(rate * CHECK_EVERY, 0.5), clock=CHECK_EVERY)

    def update(self, places: Floats) -> tuple[int, ...]:
        """Look at the next places."""
        found = []
        for place, value in enumerate(places.tolist()):
            self._test.update(value)
            if self._test.drift_detected:
                found.append(place)
        return tuple(found)
