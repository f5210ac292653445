"""A Dask cluster as the rest of the house sees it: tasks in, results out, whichever worker makes them."""

import contextlib
import gc
import itertools
import logging
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from garrison.errors import ClusterError
from garrison.progress import say
from garrison.spread.on_worker import check_versions, decisive_versions, done_here

T = TypeVar("T")

CONNECT_S = 15.0
WORKERS_S = 60.0
LOOK_S = 1.0
"""How often it is looked whether the scheduler and the workers are still there."""
ATTEMPTS = 5
"""How often a task is given away whose rows are lost together with the workers that had them."""
LARGE = 1_000_000
"""Bytes of a task above which it goes to a worker, and not through the scheduler."""


class Cluster:
    """The workers of the scheduler at ``address``, as ``tcp://HOST:PORT``; ``close`` when they are no longer needed.

    A task whose worker is lost is made again by another. Raises ``ClusterError`` when Dask is not installed, no
    scheduler or worker answers, or a worker has other versions than this process.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._log = logging.getLogger("distributed.client")
        self._level = self._log.level
        self._versions = decisive_versions()
        self._shared: tuple[tuple[Any, ...], Any] | None = None
        try:
            from distributed import Client
            from distributed.scheduler import KilledWorker
        except ImportError as error:
            raise ClusterError(
                "Dask is not installed",
                where=address,
                expected="dask and distributed",
                remedy="pip install 'garrison[distributed]'",
            ) from error
        self._killed: type[BaseException] = KilledWorker
        self.lost: tuple[type[BaseException], ...] = (KilledWorker, CancelledError)
        """What the future of a task raises when the workers that had it, or what it needs, were lost."""
        self._log.setLevel(logging.CRITICAL)
        why = ""
        try:
            self._client: Any = Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TypeError, AssertionError) as error:
            # Dask asserts that its own thread starts within ten seconds, which it misses where no core is free.
            why = _first_line(error)
        if why:
            self._log.setLevel(self._level)
            # What is left of the client is taken away now: Dask comes to a dead stop where that happens by chance while
            # it starts another one, whose lock it holds.
            gc.collect()
            raise ClusterError(
                f"no Dask scheduler answers: {why}",
                where=address,
                expected="the address that `dask scheduler` prints, such as tcp://10.0.0.5:8786",
                remedy="start it, or check the address and the network",
            )
        try:
            with self._answering():
                self._check_workers()
                self._known, self._looked = self._workers(), time.monotonic()
        except BaseException:
            self.close()
            raise

    def _check_workers(self) -> None:
        if not self._workers():
            say(f"the scheduler {self.address} has no workers yet; waiting for one")
        try:
            self._client.wait_for_workers(1, timeout=WORKERS_S)
        except TimeoutError as error:
            raise self._no_workers() from error
        try:
            self._client.run_on_scheduler(check_versions, self._versions)
            self._client.run(check_versions, self._versions)
        except ImportError as error:
            raise _lacking(error) from error
        if any(each["nthreads"] > 1 for each in self._described().values()):
            say(
                "a worker has several threads, of which one works at a time: "
                "start workers with --nthreads 1, as many as there are cores"
            )

    def _described(self) -> dict[str, Any]:
        found = self._client.scheduler_info(n_workers=-1)
        if "workers" not in found:
            raise OSError("the scheduler says nothing of its workers")
        return dict(found["workers"])

    def _workers(self) -> frozenset[str]:
        return frozenset(self._described())

    def submit(self, function: Callable[..., T], *task: Any, shared: tuple[Any, ...] = ()) -> "Future[T]":
        """Have a worker make ``function(*task, *shared)``; what is ``shared`` is sent to the workers once.

        Raises ``ClusterError`` when the scheduler has gone.
        """
        with self._answering():
            given = self._client.scatter([task], hash=False)[0] if _size(task) > LARGE else task
            future: Future[T] = self._client.get_executor(pure=False).submit(
                done_here, function, self._versions, given, self._sent(shared)
            )
        return future

    def _sent(self, shared: tuple[Any, ...]) -> Any:
        """What the workers know ``shared`` by; it is sent again where every worker that had it is gone."""
        if self._shared is None or not _same(self._shared[0], shared):
            self._shared = (shared, None if _size(shared) <= LARGE else self._scattered(shared))
        _, sent = self._shared
        if sent is None:
            return shared
        if sent.status != "finished":
            sent = self._scattered(shared)
            self._shared = (shared, sent)
        return sent

    def _scattered(self, shared: tuple[Any, ...]) -> Any:
        return self._client.scatter([shared], broadcast=True, hash=False)[0]

    def wait(self, futures: Iterable["Future[Any]"]) -> set["Future[Any]"]:
        """Those of ``futures`` that are done, as soon as one is.

        Says when a worker is gone. Raises ``ClusterError`` when the scheduler is, or when there has been no worker for
        ``WORKERS_S`` seconds.
        """
        waited_for = list(futures)
        alone_since: float | None = None
        while True:
            done, _ = wait(waited_for, timeout=LOOK_S, return_when=FIRST_COMPLETED)
            if time.monotonic() - self._looked > LOOK_S:
                self._look()
            if done:
                return done
            if self._known:
                alone_since = None
                continue
            alone_since = alone_since or time.monotonic()
            if time.monotonic() - alone_since > WORKERS_S:
                raise self._no_workers() if self._client.status == "running" else self._gone()

    def _look(self) -> None:
        with self._answering():
            here = self._workers()
        for address in sorted(self._known - here):
            say(f"the worker {address} is gone; what it was making is made again by another")
        self._known, self._looked = here, time.monotonic()

    def as_done(
        self, function: Callable[..., T], tasks: Iterable[tuple[Any, ...]], *, shared: tuple[Any, ...] = ()
    ) -> Generator[tuple[int, T]]:
        """See ``garrison.spread.as_done``."""
        coming = enumerate(tasks)
        flying: dict[Future[T], _Given] = {}
        try:
            while True:
                room = max(2 * len(self._known), 2) - len(flying)
                for number, task in itertools.islice(coming, max(room, 0)):
                    flying[self.submit(function, *task, shared=shared)] = _Given(number, task)
                if not flying:
                    return
                for future in self.wait(flying):
                    given = flying.pop(future)
                    try:
                        yield given.number, self.result(future)
                    except self.lost as error:
                        given.losses += 1
                        if given.losses >= ATTEMPTS or isinstance(error, self._killed):
                            self.give_up(error)
                        flying[self.submit(function, *given.task, shared=shared)] = given
        finally:
            for future in flying:
                future.cancel()

    def result(self, future: "Future[T]") -> T:
        """What a future that is done holds; raises what its task raised, ``lost`` where its worker was."""
        try:
            return future.result()
        except (ImportError, RuntimeError) as error:
            missing = error if isinstance(error, ImportError) else error.__cause__
            if isinstance(missing, ImportError):
                raise _lacking(missing) from error
            raise

    def give_up(self, error: BaseException) -> NoReturn:
        """Raise ``ClusterError`` for a task whose workers are lost again and again."""
        raise ClusterError(
            "a task was begun again and again, and each time its worker was lost",
            where=self.address,
            expected="workers that live until a task is done",
            remedy="look at the workers' log; give them more memory, or start fewer of them on a machine",
        ) from error

    def close(self) -> None:
        """Drop what has been asked for; the cluster stays as it is."""
        self._shared = None
        with contextlib.suppress(OSError, RuntimeError, TimeoutError, CancelledError):
            self._client.close()
        self._log.setLevel(self._level)

    @contextlib.contextmanager
    def _answering(self) -> Iterator[None]:
        """Anything that the scheduler is asked: when it is gone, that is said in one way."""
        try:
            yield
            if self._client.status not in ("running", "connecting"):
                raise OSError(f"the connection is {self._client.status}")
        except (OSError, RuntimeError, TimeoutError, CancelledError) as error:
            raise self._gone() from error

    def _gone(self) -> ClusterError:
        return ClusterError(
            "the Dask scheduler does not answer any more",
            where=self.address,
            expected="a scheduler that lives as long as the work, and workers",
            remedy="start it again, and give the same command: what is kept in a file goes on",
        )

    def _no_workers(self) -> ClusterError:
        return ClusterError(
            "the Dask scheduler has no workers",
            where=self.address,
            expected="one worker or more",
            remedy=f"start some: dask worker {self.address} --nthreads 1",
        )


@dataclass
class _Given:
    """A task that was given away, and how often it was lost."""

    number: int
    task: tuple[Any, ...]
    losses: int = 0


def _same(some: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
    """Whether both hold the very same objects."""
    return len(some) == len(others) and all(one is other for one, other in zip(some, others, strict=True))


def _size(values: tuple[Any, ...]) -> int:
    """How many bytes travel."""
    from distributed.protocol import serialize

    try:
        _, frames = serialize(values, on_error="raise")
    except (TypeError, AttributeError):
        return LARGE + 1  # what Dask knows another way to send
    return sum(memoryview(frame).nbytes for frame in frames)


def _lacking(error: ImportError) -> ClusterError:
    return ClusterError(
        f"the scheduler or a worker lacks something: {error}",
        expected="this version of Garrison on every machine of the cluster",
        remedy="install it there: pip install 'garrison[distributed]'",
    )


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
