"""What this room needs beyond the core, and what a person is told who has not installed it."""

import importlib.util
import os

from garrison.errors import UsageError

_EXTRAS = {"ray": "flower-simulation"}


def need(*libraries: str) -> None:
    """Raise ``UsageError`` that says what to install when one of the libraries is missing.

    >>> need()
    >>> need("no_such_library")
    Traceback (most recent call last):
    ...
    garrison.errors.UsageError: training together needs no_such_library, which is not installed
      to do: pip install 'garrison[federated]'
    """
    for library in libraries:
        if importlib.util.find_spec(library) is None:
            raise UsageError(
                f"training together needs {library}, which is not installed",
                remedy=f"pip install 'garrison[{_EXTRAS.get(library, 'federated')}]'",
            )


def need_flower(*more: str) -> None:
    """As ``need`` for Flower, which is told before its first import that it must not phone home."""
    os.environ["FLWR_TELEMETRY_ENABLED"] = "0"
    need("flwr", "torch", *more)
