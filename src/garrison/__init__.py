"""Garrison builds machine-learning models for security, attacks them before they ship, and keeps watch over them.

>>> from garrison import CyberDataProcessor, ModelTrainer
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from garrison.features.cyber import CyberDataProcessor
    from garrison.pipelines.trainer import ModelTrainer

__all__ = ["CyberDataProcessor", "ModelTrainer", "__version__"]

_HOMES = {"CyberDataProcessor": "garrison.features.cyber", "ModelTrainer": "garrison.pipelines.trainer"}


def __getattr__(name: str) -> Any:
    """A public name, read from its room when it is first asked for: importing Garrison imports nothing else."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
