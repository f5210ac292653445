"""Where work is spread: over a cluster inside ``with on_cluster(…)``, else over the processes of this machine."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from garrison.spread.cluster import Cluster

_at_hand: ContextVar[Cluster | None] = ContextVar("cluster", default=None)


@contextlib.contextmanager
def on_cluster(address: str | None) -> Iterator[Cluster | None]:
    """Spread what is called inside over the Dask cluster whose scheduler listens at ``address``; None: stay here.

    Cross-validation, searches, tuning, scoring, evasion attacks and the keys and messages of ciphers are spread; all
    else stays in this process. What comes out is what comes out here: workers of other versions are refused, and the
    task of a worker that is lost is made again by another. Files are read and written here alone.

    Raises ``ClusterError`` when Dask is not installed, no scheduler or worker answers, versions differ, or the cluster
    goes away.

    >>> with on_cluster(None) as cluster:
    ...     cluster is None
    True
    """
    if address is None:
        yield None
        return
    cluster = Cluster(address)
    token = _at_hand.set(cluster)
    try:
        yield cluster
    finally:
        _at_hand.reset(token)
        cluster.close()


def cluster_at_hand() -> Cluster | None:
    """The cluster of the innermost ``on_cluster`` around the call; None outside."""
    return _at_hand.get()
