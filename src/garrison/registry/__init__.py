"""Where finished detectors are kept: numbered versions, the one in production, and copies sent elsewhere.

A version is whole or absent. Readers never wait and never see half a model; writers of one name queue.
"""

from garrison.registry.address import FoundModel, find_model, resolve_model
from garrison.registry.current import Move
from garrison.registry.local import LocalRegistry
from garrison.registry.push import check_address, fetch_from, push_to
from garrison.registry.version import STAGES, Record, Version

__all__ = [
    "STAGES",
    "FoundModel",
    "LocalRegistry",
    "Move",
    "Record",
    "Version",
    "check_address",
    "fetch_from",
    "find_model",
    "push_to",
    "resolve_model",
]
