"""Folds fitted by the workers of a Dask cluster, on as many machines as it has."""

from collections.abc import Iterable
from concurrent.futures import Future

from garrison.detection.families.base import Params
from garrison.detection.tuning.work import Answer, Material, Work, fit_one
from garrison.spread import Cluster


class OnCluster(Work):
    """The workers of ``cluster``; the rows are sent to them once.

    A fold whose worker is lost is made again by another. Raises ``ClusterError`` when the scheduler has gone.
    """

    def __init__(self, material: Material, cluster: Cluster) -> None:
        self.material, self.cluster = material, cluster
        self.lost = cluster.lost
        self._flying: set[Future[Answer]] = set()

    def submit(self, params: Params, fold: int) -> Future[Answer]:
        """Hand the fold to the cluster."""
        future = self.cluster.submit(fit_one, params, fold, shared=(self.material,))
        self._flying.add(future)
        return future

    def wait(self, futures: Iterable[Future[Answer]]) -> set[Future[Answer]]:
        """Those that are done, as soon as one is; says when a worker is lost."""
        done = self.cluster.wait(futures)
        self._flying -= done
        return done

    def result(self, future: Future[Answer]) -> Answer:
        """What a future that is done holds."""
        return self.cluster.result(future)

    def end(self) -> None:
        """Drop what has been asked for; the cluster stays as it is."""
        for future in self._flying:
            future.cancel()
