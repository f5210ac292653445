"""What runs in a worker of a cluster: one task at a time, and only with the versions of whoever asks."""

import os
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from garrison.errors import ClusterError
from garrison.run.fingerprint import versions

T = TypeVar("T")

DECISIVE = ("garrison", "lightgbm", "numpy", "pyarrow", "river", "scikit-learn", "scipy", "xgboost-cpu")
"""The packages whose versions decide what a task gives."""

_one_at_a_time = threading.Lock()
"""Numeric libraries are told how many threads to use for the whole process: two tasks would tell them two things."""


def decisive_versions() -> dict[str, str]:
    """The versions that decide what a task gives; of Python, major and minor.

    >>> sorted(decisive_versions())[:2]
    ['garrison', 'lightgbm']
    """
    found = versions()
    return {name: found.get(name, "absent") for name in DECISIVE} | {
        "python": ".".join(found["python"].split(".")[:2])
    }


def check_versions(asked: Mapping[str, str]) -> None:
    """Raise ``ClusterError`` unless this process has the versions that are ``asked``."""
    here = decisive_versions()
    if other := [name for name in asked if here.get(name) != asked[name]]:
        raise ClusterError(
            "the scheduler or a worker has other versions: "
            + ", ".join(f"{name} {here.get(name, 'absent')} instead of {asked[name]}" for name in other),
            where=f"process {os.getpid()} on {socket.gethostname()}",
            expected="the same versions on every machine of the cluster as where the command is given",
            remedy="install them there: pip install "
            + " ".join(f"{name}=={asked[name]}" for name in other if name != "python")
            if other != ["python"]
            else "start it with the same Python",
        )


def done_here(
    function: Callable[..., T], asked: Mapping[str, str], task: tuple[Any, ...], shared: tuple[Any, ...]
) -> T:
    """``function(*task, *shared)``, in a worker."""
    check_versions(asked)
    with _one_at_a_time:
        return function(*task, *shared)
