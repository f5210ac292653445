"""Nested settings as one flat mapping, for whoever takes names and values alone."""

from collections.abc import Mapping
from typing import Any


def flattened(values: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Nested mappings as one, by dotted names; an empty one is a value.

    >>> flattened({"training": {"metric": "auc", "params": {}}, "seed": 0})
    {'training.metric': 'auc', 'training.params': {}, 'seed': 0}
    """
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            flat |= flattened(value, f"{above}{name}.")
        else:
            flat[f"{above}{name}"] = value
    return flat
