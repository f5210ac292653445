"""A client of Redis, and what its failures mean for a stream."""

import contextlib
import importlib
from collections.abc import Iterator
from typing import Any

from garrison.errors import StoreError, StoreRefused, StoreUnreachable, UsageError
from garrison.serving.stream.address import Address
from garrison.serving.stream.away import Away

VARIABLES = "GARRISON_REDIS"
TIMEOUT_S = 10.0


def redis_library() -> Any:
    """The client's module; ``UsageError`` says what to install."""
    try:
        return importlib.import_module("redis")
    except ImportError as error:
        raise UsageError(
            "streams of Redis need its client, which is not installed", remedy="pip install 'garrison[redis]'"
        ) from error


def stream_of(address: Address) -> str:
    """The name of the stream; ``UsageError`` when there is none."""
    name = address.options.get("stream", "")
    if not name:
        raise UsageError(
            "the address names no stream",
            where=address.shown,
            expected="redis://host:6379/0?stream=NAME",
        )
    return name


def connect(address: Address) -> Any:
    """A client that connects when it is first used. ``rediss://`` is TLS."""
    library = redis_library()
    host, _, port = address.hosts.rpartition(":") if address.hosts[-1] != "]" else (address.hosts, "", "")
    if not host:
        host, port = address.hosts, ""
    if not (port or "6379").isdigit() or not (address.path or "0").isdigit():
        raise UsageError(
            "the port or the number of the database is no number",
            where=address.shown,
            expected="redis://host:6379/0?stream=NAME",
        )
    return library.Redis(
        host=host.strip("[]"),
        port=int(port or 6379),
        db=int(address.path or 0),
        username=address.username,
        password=address.password,
        ssl=address.scheme == "rediss",
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=None,
        protocol=2,
    )


@contextlib.contextmanager
def redis_errors(shown: str) -> Iterator[None]:
    """Turn the client's failures into ``Away``, or into an error that waiting does not mend."""
    errors = redis_library().exceptions
    try:
        yield
    except (errors.AuthenticationError, errors.NoPermissionError) as error:
        raise StoreRefused(
            "Redis refused the login",
            where=shown,
            remedy=f"check {VARIABLES}_USERNAME and {VARIABLES}_PASSWORD, and what the user may do",
        ) from error
    except (errors.ConnectionError, errors.TimeoutError, OSError) as error:
        raise Away(
            StoreUnreachable(
                "Redis does not answer", where=shown, remedy="is it running? is the address right?"
            )
        ) from error
    except (errors.OutOfMemoryError, errors.ReadOnlyError) as error:
        raise Away(StoreError(f"Redis takes nothing: {error}"[:200], where=shown)) from error
    except errors.RedisError as error:
        raise StoreError(f"Redis refused a command: {error}"[:300], where=shown) from error
