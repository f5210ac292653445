"""All tasks of a list over processes or a cluster: results in their order, the same wherever they are made."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from garrison.progress import Advance, progress
from garrison.spread.cores import threads
from garrison.spread.place import cluster_at_hand

T = TypeVar("T")

FEW_CELLS = 300_000
"""Numbers that models are fitted to in less time than it takes to start processes for them."""


class Bar(Protocol):
    """What shows how far the tasks are: ``garrison.progress.progress``, or something that tells more."""

    def __call__(self, title: str, *, total: int | None = None) -> AbstractContextManager[Advance]:
        """Show it while work is done."""


def run_all(
    function: Callable[..., T],
    tasks: Sequence[tuple[Any, ...]],
    *,
    jobs: int,
    title: str,
    shared: tuple[Any, ...] = (),
    anywhere: bool = False,
    cells: int | None = None,
    bar: Bar = progress,
) -> list[T]:
    """``function(*task, *shared)`` for each task, in the order of the tasks, with a progress ``bar``.

    ``jobs`` processes share the work; -1 means one a core, and 1 stays in this process. ``cells`` is how many numbers
    (rows by columns) a task is about: with -1, few of them stay in this process too. When it is interrupted, or a task
    fails, the other processes are ended before the error goes on.

    With ``anywhere`` the tasks look at nothing but their arguments, no file and no global, and the workers of the
    cluster share them where the call stands inside ``on_cluster``, whatever ``jobs`` is.
    """
    cluster = cluster_at_hand() if anywhere else None
    small = jobs == -1 and cells is not None and cells * len(tasks) < FEW_CELLS
    if cluster is not None:
        with bar(title, total=len(tasks)) as advance:
            done = {}
            for number, result in cluster.as_done(function, tasks, shared=shared):
                done[number] = _noted(result, advance)
        return [done[number] for number in range(len(tasks))]
    if small or min(threads(jobs), len(tasks)) <= 1:
        with bar(title, total=len(tasks)) as advance:
            return [_noted(function(*task, *shared), advance) for task in tasks]
    whole = [(*task, *shared) for task in tasks]
    return list(_in_processes(function, whole, min(threads(jobs), len(tasks)), title, bar))


def _noted(result: T, advance: Callable[[int], None]) -> T:
    advance(1)
    return result


def _in_processes(
    function: Callable[..., T], tasks: Sequence[tuple[Any, ...]], jobs: int, title: str, bar: Bar
) -> Iterator[T]:
    from joblib import Parallel, delayed

    finished: dict[int, T] = {}
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1, inner_max_num_threads=1)
    try:
        with bar(title, total=len(tasks)) as advance:
            calls = (delayed(_numbered)(function, number, task) for number, task in enumerate(tasks))
            for number, result in parallel(calls):
                finished[number] = result
                advance(1)
    except BaseException:
        _end_processes()
        raise
    yield from (finished[number] for number in range(len(tasks)))


def _numbered(function: Callable[..., T], number: int, task: tuple[Any, ...]) -> tuple[int, T]:
    return number, function(*task)


def _end_processes() -> None:
    """End the worker processes at once, whatever they are doing."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True, kill_workers=True)
