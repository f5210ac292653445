"""PyTorch is an extra: what trains with it says what to install."""

from typing import Any

from garrison.errors import UsageError


def need_torch() -> Any:
    """PyTorch; ``UsageError`` that says what to install where it is missing."""
    try:
        import torch
    except ModuleNotFoundError as error:
        raise UsageError(
            "training a network for digits needs PyTorch, which is not installed",
            remedy="pip install 'garrison[torch]'",
        ) from error
    return torch
