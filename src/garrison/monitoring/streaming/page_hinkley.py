"""Page-Hinkley: how far a running sum of deviations from the stream's own mean has risen, or fallen."""

from typing import Any, ClassVar

from garrison.monitoring.streaming.base import SLACK, Floats, StreamTest, normal_scores, sum_threshold

LEAST_VALUES = 50


class PageHinkley(StreamTest):
    """Page (Biometrika 1954) and Hinkley (Biometrika 1971); through river, on normal scores.

    As ADWIN it compares what it saw with what it sees now; it is quicker for a shift that is larger than its slack, and
    blind to a smaller one.
    """

    name: ClassVar[str] = "page_hinkley"

    def __init__(self, *, rate: float) -> None:
        super().__init__(rate=rate)
        import river.drift

        tests: Any = river.drift
        self._test = tests.PageHinkley(
            min_instances=LEAST_VALUES, delta=SLACK, threshold=sum_threshold(rate), alpha=1.0, mode="both"
        )

    def update(self, places: Floats) -> tuple[int, ...]:
        """Look at the next places."""
        found = []
        for place, value in enumerate(normal_scores(places).tolist()):
            self._test.update(value)
            if self._test.drift_detected:
                found.append(place)
        return tuple(found)
