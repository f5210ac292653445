"""What an attack may spend besides the cost of its changes: seconds, and questions to the detector."""

import time


class Budget:
    """Seconds from when it is made, and queries. Attacks look at it between two steps.

    ``cut`` says whether anybody was told that the *time* was over; that the queries are spent is how a black box ends.
    """

    def __init__(self, seconds: float | None = None, queries: int | None = None) -> None:
        self.seconds, self.queries = seconds, queries
        self.asked = 0
        self.cut = False
        self._started = time.monotonic()

    @property
    def passed(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._started

    def over(self) -> bool:
        """Whether one of both is spent; who asks and hears yes has to stop with the best that was found."""
        if self.seconds is not None and self.passed >= self.seconds:
            self.cut = True
        return self.cut or (self.queries is not None and self.asked >= self.queries)
