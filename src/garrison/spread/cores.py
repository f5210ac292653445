"""How many threads or processes a number of jobs stands for."""

import os

from garrison.errors import SettingsError


def threads(jobs: int) -> int:
    """How many threads ``jobs`` asks for; -1 means one a core this process may use."""
    if jobs == -1:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if jobs < 1:
        raise SettingsError(f"jobs is {jobs}", expected="1 or more, or -1 for one a core")
    return jobs
