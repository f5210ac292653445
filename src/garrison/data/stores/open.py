"""Open a store by its URL."""

from pathlib import Path

from garrison.data.stores.base import Store
from garrison.errors import UsageError

_FORMS = "duckdb:///PATH (a fourth slash begins an absolute path) or mongodb://HOST:PORT/DATABASE"


def open_store(url: str, *, timeout_s: float = 10.0) -> Store:
    """Give the store that ``url`` names, waiting at most ``timeout_s`` seconds for it.

    ``duckdb:///data/events.db`` is a path relative to the working directory and ``duckdb:////data/events.db`` an
    absolute one. ``mongodb://`` and ``mongodb+srv://`` take what MongoDB's driver takes; user name and password come
    from the URL or from GARRISON_MONGODB_USERNAME and GARRISON_MONGODB_PASSWORD. Raises UsageError for another
    URL, and StoreUnreachable, StoreRefused, StoreBusy or StoreError when the store cannot be opened.

    >>> open_store("postgres://localhost/events")
    Traceback (most recent call last):
        ...
    garrison.errors.UsageError: the store URL begins with 'postgres://'
      expected: duckdb:///PATH (a fourth slash begins an absolute path) or mongodb://HOST:PORT/DATABASE
    """
    if not timeout_s > 0:
        raise UsageError(f"timeout_s is {timeout_s}", expected="a positive number of seconds")
    scheme, separator, rest = url.partition("://")
    if scheme == "duckdb" and rest.startswith("/"):
        return _duckdb(rest[1:], timeout_s)
    if scheme in {"mongodb", "mongodb+srv"} and _has_host(url):
        from garrison.data.stores.mongodb import MongoDBStore

        return MongoDBStore(url, timeout_s=timeout_s)
    if scheme in {"duckdb", "mongodb", "mongodb+srv"}:
        raise UsageError(f"the {scheme} URL is not complete", expected=_FORMS)
    # Only the scheme is shown: the rest may hold a password.
    what = (
        f"the store URL begins with {scheme[:20] + separator!r}"
        if separator
        else "the store URL has no scheme"
    )
    raise UsageError(what, expected=_FORMS)


def _duckdb(path: str, timeout_s: float) -> Store:
    from garrison.data.stores.duckdb import DuckDBStore

    if not path or path.startswith(":memory:") or "\0" in path:
        raise UsageError("the duckdb URL names no file", expected=_FORMS)
    return DuckDBStore(Path(path), timeout_s=timeout_s)


def _has_host(url: str) -> bool:
    before = url.partition("://")[2].partition("?")[0]
    return bool(before.rpartition("@")[2].partition("/")[0])
