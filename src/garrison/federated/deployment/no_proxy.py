"""Requests of a federation go to its own machines: no proxy of the environment stands between them."""

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def without_proxies() -> Iterator[None]:
    """Clients made inside take no proxy from the environment.

    >>> os.environ["HTTPS_PROXY"] = "http://proxy:3128"
    >>> with without_proxies():
    ...     "HTTPS_PROXY" in os.environ
    False
    >>> os.environ.pop("HTTPS_PROXY")
    'http://proxy:3128'
    """
    kept = {name: value for name, value in os.environ.items() if names_a_proxy(name)}
    for name in kept:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(kept)


def names_a_proxy(name: str) -> bool:
    """Whether an environment variable says where a proxy is."""
    return name.lower().endswith("_proxy")
