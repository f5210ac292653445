"""What this room needs beyond the core, and what a person is told who has not installed it."""

import importlib.util

from garrison.errors import UsageError

_EXTRAS = {
    "torch": "federated",
    "safetensors": "federated",
    "flwr": "federated",
    "opacus": "federated",
    "ray": "flower-simulation",
}


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
