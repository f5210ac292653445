"""Work spread over processes: results as they come, the same whatever the number of processes, none left behind."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from garrison.detection.families.base import threads
from garrison.progress import progress

T = TypeVar("T")

FEW_CELLS = 300_000
"""Numbers that models are fitted to in less time than it takes to start processes for them."""


def run_all(
    function: Callable[..., T],
    tasks: Sequence[tuple[Any, ...]],
    *,
    jobs: int,
    title: str,
    cells: int | None = None,
) -> list[T]:
    """``function(*task)`` for each task, in the order of the tasks, with a progress bar.

    ``jobs`` processes share the work; -1 means one a core, and 1 stays in this process. ``cells`` is how many numbers
    (rows by columns) a task is about: with -1, few of them stay in this process too. When it is interrupted, or a task
    fails, the other processes are ended before the error goes on.
    """
    small = jobs == -1 and cells is not None and cells * len(tasks) < FEW_CELLS
    if small or min(threads(jobs), len(tasks)) <= 1:
        with progress(title, total=len(tasks)) as advance:
            return [_noted(function(*task), advance) for task in tasks]
    return list(_in_processes(function, tasks, min(threads(jobs), len(tasks)), title))


def _noted(result: T, advance: Callable[[int], None]) -> T:
    advance(1)
    return result


def _in_processes(
    function: Callable[..., T], tasks: Sequence[tuple[Any, ...]], jobs: int, title: str
) -> Iterator[T]:
    from joblib import Parallel, delayed

    finished: dict[int, T] = {}
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1, inner_max_num_threads=1)
    try:
        with progress(title, total=len(tasks)) as advance:
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
