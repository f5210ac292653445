"""A budget of seconds, which every attack looks at between two steps."""

import time


class Clock:
    """Runs from when it is made; ``cut`` says whether anybody was told that the time is over."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self.cut = False
        self._started = time.monotonic()

    @property
    def passed(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._started

    def over(self) -> bool:
        """Whether the time is over; who asks and hears yes has to stop with the best that was found."""
        if self.seconds is not None and self.passed >= self.seconds:
            self.cut = True
        return self.cut
