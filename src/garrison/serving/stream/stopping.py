"""A wish to stop, from a signal or from the program itself: what was begun is finished first."""

import contextlib
import signal
import threading
from collections.abc import Iterator


class Stop:
    """Whether it is time to stop, and why."""

    def __init__(self) -> None:
        self._wished = threading.Event()
        self.reason = ""

    def __bool__(self) -> bool:
        return self._wished.is_set()

    def ask(self, reason: str) -> None:
        """Stop as soon as what was begun is finished; the first reason stays."""
        self.reason = self.reason or reason
        self._wished.set()

    def wait(self, seconds: float) -> bool:
        """Wait, but no longer than until somebody wishes to stop; whether somebody does."""
        return self._wished.wait(max(seconds, 0.0))

    @contextlib.contextmanager
    def on_signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT for the wish to stop; a second one interrupts at once.

        Does nothing in a thread that is not the main one, where Python allows no handlers.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def handle(number: int, frame: object) -> None:  # noqa: ARG001 (Python gives both)
            if self:
                raise KeyboardInterrupt
            self.ask(signal.Signals(number).name)

        before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
