"""How the updates of a round become one model: Flower's strategies, by name, and what of them outlives a restart."""

from garrison.federated.strategies.memory import memory_of, restore_memory
from garrison.federated.strategies.table import (
    STRATEGIES,
    StrategyKind,
    build_strategy,
    check_private_strategy,
    check_strategy,
    pull_of,
)

__all__ = [
    "STRATEGIES",
    "StrategyKind",
    "build_strategy",
    "check_private_strategy",
    "check_strategy",
    "memory_of",
    "pull_of",
    "restore_memory",
]
