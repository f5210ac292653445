"""Folds fitted by the workers of a Dask cluster, on as many machines as it has."""

import contextlib
import logging
from concurrent.futures import CancelledError, Future
from typing import Any

from garrison.detection.families.base import Params
from garrison.detection.tuning.work import Answer, Material, Work, fit_one
from garrison.errors import UsageError

CONNECT_S = 15
WORKERS_S = 30


class OnDask(Work):
    """The cluster whose scheduler listens at ``address``; the rows are sent to its workers once.

    A fold whose worker is lost is made again by another. Raises ``UsageError`` when no scheduler or worker answers.
    """

    def __init__(self, material: Material, address: str) -> None:
        try:
            from distributed import Client
            from distributed.client import FutureCancelledError
            from distributed.scheduler import KilledWorker
        except ImportError as error:
            raise UsageError(
                "Dask is not installed",
                where=address,
                expected="dask and distributed",
                remedy="pip install 'garrison[distributed]'",
            ) from error
        self.lost = (KilledWorker, CancelledError, FutureCancelledError)
        self._gone: tuple[type[BaseException], ...] = (OSError, RuntimeError, *self.lost)
        self.material, self.address = material, address
        self._log = logging.getLogger("distributed.client")
        self._level = self._log.level
        self._log.setLevel(logging.CRITICAL)
        try:
            self._client = Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise UsageError(
                f"no Dask scheduler answers: {str(error).splitlines()[0] if str(error) else type(error).__name__}",
                where=address,
                expected="the address that `dask scheduler` prints, such as tcp://10.0.0.5:8786",
                remedy="start it, or check the address and the network",
            ) from error
        try:
            self._client.wait_for_workers(1, timeout=WORKERS_S)
        except TimeoutError as error:
            self._client.close()
            raise UsageError(
                "the Dask scheduler has no workers",
                where=address,
                expected="one worker or more",
                remedy=f"start some: dask worker {address}",
            ) from error
        self._executor = self._client.get_executor()
        self._rows: Any = self._scattered()

    def _scattered(self) -> Any:
        return self._client.scatter(self.material, broadcast=True, hash=False)

    def submit(self, params: Params, fold: int) -> Future[Answer]:
        """Hand the fold to the cluster; the rows are sent again where every worker that had them is gone.

        Raises ``UsageError`` when the scheduler has gone.
        """
        try:
            if self._rows.status != "finished":
                self._rows = self._scattered()
            future: Future[Answer] = self._executor.submit(fit_one, self._rows, params, fold)
        except self._gone as error:
            raise UsageError(
                "the Dask scheduler does not answer any more",
                where=self.address,
                expected="a scheduler that lives as long as the study, and workers",
                remedy="start it again; a study that is kept in a file goes on",
            ) from error
        return future

    def end(self) -> None:
        """Drop what has been asked for; the cluster stays as it is."""
        with contextlib.suppress(*self._gone):
            self._executor.shutdown(wait=False)
            self._client.close()
        self._log.setLevel(self._level)
