"""TenSEAL is an extra: what needs it says what to install."""

import importlib.util

from garrison.errors import UsageError


def need_tenseal() -> None:
    """Raise ``UsageError`` that says what to install when TenSEAL is missing."""
    if importlib.util.find_spec("tenseal") is None:
        raise UsageError(
            "encrypted scoring needs tenseal, which is not installed",
            remedy="pip install 'garrison[encrypted]'",
        )
