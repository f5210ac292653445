"""Where the folds of a study are fitted: in this process, in worker processes, or on a Dask cluster.

Workers fit and score one fold and say how good it was; they know nothing of the study.
"""

import os
import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any

from garrison.detection.crossval import Candidate, Folds, fit_fold
from garrison.detection.families.base import Bools, Floats, Params
from garrison.evaluation import metric as metric_named

Answer = tuple[float, float]
"""The metric on a fold's test rows, and the seconds it took."""


PARENT_WATCH_S = 1.0


@dataclass(frozen=True)
class Material:
    """What every fold is fitted from: a family and its fixed parameters, rows float64 ``(n, d)``, labels bool ``(n,)``,
    weights, folds of row numbers.
    """

    family: str
    params: Params
    X: Floats = field(repr=False)
    y: Bools = field(repr=False)
    weights: Floats | None = field(repr=False)
    folds: Folds = field(repr=False)
    metric: str
    seed: int


def fit_one(params: Params, fold: int, material: Material) -> Answer:
    """Fit the family with ``params`` on one fold's training rows; how good is it on the test rows?"""
    train, test = material.folds[fold]
    candidate = Candidate.of(material.family, {**material.params, **params})
    found = fit_fold(candidate, train, test, material.seed, material.X, material.y, material.weights)
    return metric_named(material.metric)(material.y[test], found.scores), found.seconds


class Work(ABC):
    """A place where folds are fitted."""

    lost: tuple[type[BaseException], ...] = ()
    """What the future of a fold raises when its worker was lost."""

    @abstractmethod
    def submit(self, params: Params, fold: int) -> Future[Answer]:
        """Have one fold fitted."""

    def wait(self, futures: Iterable[Future[Answer]]) -> set[Future[Answer]]:
        """Those that are done, as soon as one is."""
        return wait(futures, return_when=FIRST_COMPLETED).done

    def result(self, future: Future[Answer]) -> Answer:
        """What a future that is done holds; raises what the fit raised, ``lost`` where its worker was."""
        return future.result()

    @abstractmethod
    def end(self) -> None:
        """End the workers at once, whatever they are doing."""


class InThisProcess(Work):
    """One fold after the other, here; its future is done when ``submit`` returns."""

    def __init__(self, material: Material) -> None:
        self.material = material

    def submit(self, params: Params, fold: int) -> Future[Answer]:
        """Fit the fold now."""
        future: Future[Answer] = Future()
        try:
            future.set_result(fit_one(params, fold, self.material))
        except Exception as error:
            future.set_exception(error)
        return future

    def end(self) -> None:
        """Nothing: there are no workers."""


class InProcesses(Work):
    """Worker processes on this machine, each with the rows; new ones are started when one is killed."""

    lost = (BrokenProcessPool,)

    def __init__(self, material: Material, workers: int) -> None:
        self.material, self.workers = material, workers
        self._executor = self._started()

    def _started(self) -> Any:
        from joblib.externals.loky import ProcessPoolExecutor

        return ProcessPoolExecutor(
            max_workers=self.workers,
            initializer=_take,
            initargs=(self.material,),
            env={"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        )

    def submit(self, params: Params, fold: int) -> Future[Answer]:
        """Hand the fold to a free process."""
        try:
            future: Future[Answer] = self._executor.submit(_fit_taken, params, fold)
        except BrokenProcessPool:
            self.end()
            self._executor = self._started()
            future = self._executor.submit(_fit_taken, params, fold)
        return future

    def end(self) -> None:
        """End the processes."""
        self._executor.shutdown(wait=True, kill_workers=True)


_taken: list[Material] = []
"""In a worker process: what it was given when it was started."""


def _take(material: Material) -> None:
    """Be a worker: keep the material, leave Ctrl-C to the process that asks, and end when that one is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    _taken[:] = [material]


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_WATCH_S)
    os._exit(1)


def _fit_taken(params: Params, fold: int) -> Answer:
    return fit_one(params, fold, _taken[0])
