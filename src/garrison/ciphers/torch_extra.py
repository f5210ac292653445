"""PyTorch is an extra: what needs it says what to install."""

import importlib.util

from garrison.errors import UsageError


def need_torch() -> None:
    """Raise ``UsageError`` that says what to install when PyTorch or safetensors is missing."""
    for library in ("torch", "safetensors"):
        if importlib.util.find_spec(library) is None:
            raise UsageError(
                f"networks on ciphertext need {library}, which is not installed",
                remedy="pip install 'garrison[torch]'",
            )
