"""Work that takes its time, off the road of the quick requests: a few threads, a short queue, and a deadline."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from garrison.serving.http.metrics import Metrics
from garrison.serving.http.problems import Refused

T = TypeVar("T")


class Deadline:
    """When work must be done; work asks now and then, and is broken off by ``Refused`` when it is too late."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds
        self._given_up = threading.Event()

    @property
    def left(self) -> float:
        """Seconds until then."""
        return max(0.0, self._end - time.monotonic())

    def give_up(self) -> None:
        """Break the work off at the next time it asks: nobody waits for it any more."""
        self._given_up.set()

    def check(self) -> None:
        """Raise ``Refused`` when it is too late."""
        if self._given_up.is_set() or not self.left:
            raise too_slow(self.seconds)


class Work:
    """Runs functions in threads; more than may wait are refused at once, and the late ones when they are late.

    A thread whose work is given up is free when the work has asked its deadline, which it does every few thousand rows.
    """

    def __init__(self, *, threads: int, waiting: int, seconds: float, metrics: Metrics | None = None) -> None:
        self.seconds = seconds
        self._most = threads + waiting
        self._taken = 0
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="garrison-work")
        self._metrics = metrics

    async def run(self, task: Callable[[Deadline], T]) -> T:
        """What ``task`` returns; ``Refused`` as busy (503) or as too slow (504)."""
        if self._taken >= self._most:
            raise Refused(
                "busy",
                f"{self._taken} batches and explanations are being made or wait",
                remedy="try again, or allow more of them (serving.threads, serving.waiting)",
                headers={"retry-after": "1"},
            )
        deadline = Deadline(self.seconds)
        self._taken += 1
        self._count()
        future = self._pool.submit(task, deadline)
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._free))
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(future)), deadline.left)
        except TimeoutError:
            deadline.give_up()
            future.cancel()
            raise too_slow(self.seconds) from None
        except asyncio.CancelledError:
            deadline.give_up()
            future.cancel()
            raise

    def close(self) -> None:
        """Let the threads end; nothing new is taken."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _free(self) -> None:
        self._taken -= 1
        self._count()

    def _count(self) -> None:
        if self._metrics is not None:
            self._metrics.waiting.set(max(0, self._taken - self._threads))


def too_slow(seconds: float) -> Refused:
    """What is said when the deadline has passed."""
    return Refused(
        "timeout",
        f"it was not done within {seconds:g} s",
        remedy="send fewer events at a time, or allow more time (serving.work_seconds)",
    )
