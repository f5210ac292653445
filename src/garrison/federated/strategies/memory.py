"""What a strategy remembers from round to round, as arrays that can be written to disk."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.federated.strategies.table import StrategyKind

Arrays = dict[str, NDArray[np.generic]]


def memory_of(strategy: Any, kind: StrategyKind, names: Sequence[str]) -> Arrays:
    """The arrays a strategy remembers, called ``attribute/weight``; ``names`` are those of the weights in order."""
    found: Arrays = {}
    for attribute in kind.memory:
        value = getattr(strategy, attribute)
        if value is None:
            continue
        pairs = value.items() if isinstance(value, dict) else zip(names, value, strict=True)
        found.update({f"{attribute}/{name}": np.asarray(array) for name, array in pairs})
    return found


def restore_memory(
    strategy: Any, kind: StrategyKind, names: Sequence[str], arrays: Mapping[str, Any]
) -> None:
    """Give a new strategy the memory that ``memory_of`` took from an old one."""
    for attribute in kind.memory:
        mine = {name: arrays[f"{attribute}/{name}"] for name in names if f"{attribute}/{name}" in arrays}
        if mine:
            as_list = kind.flower == "FedAvgM"
            setattr(strategy, attribute, [mine[name] for name in names] if as_list else mine)
