"""The columns of a batch looked at in several threads: sorting and counting leave Python's lock to others."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor


def side_by_side(work: Callable[[str], None], names: Sequence[str], *, jobs: int) -> None:
    """Do ``work`` for each name, in ``jobs`` threads; the first failure is raised."""
    if jobs <= 1 or len(names) < 2:
        for name in names:
            work(name)
        return
    with ThreadPoolExecutor(jobs) as threads:
        for _ in threads.map(work, names):
            pass
