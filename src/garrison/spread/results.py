"""Many tasks, each result as soon as it is there: one after the other here, or many at a time on a cluster."""

from collections.abc import Callable, Generator, Iterable
from typing import Any, TypeVar

from garrison.spread.place import cluster_at_hand

T = TypeVar("T")


def as_done(
    function: Callable[..., T], tasks: Iterable[tuple[Any, ...]], *, shared: tuple[Any, ...] = ()
) -> Generator[tuple[int, T]]:
    """The number and the result of ``function(*task, *shared)`` for each task, in the order in which they are done.

    Tasks are taken as they are needed: one at a time here, and on a cluster a few more than it has workers, so that
    memory is bounded however many there are. ``function`` must look at nothing but its arguments: no file, no global.
    ``shared`` goes to each worker once. Raises what a task raises, and ``ClusterError``.

    >>> list(as_done(pow, [(2,), (3,)], shared=(2,)))
    [(0, 4), (1, 9)]
    """
    cluster = cluster_at_hand()
    if cluster is not None:
        yield from cluster.as_done(function, tasks, shared=shared)
        return
    for number, task in enumerate(tasks):
        yield number, function(*task, *shared)
