"""From the usable updates of a round to the next weights: through central privacy, if any, and Flower's strategy."""

import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from garrison.errors import ModelError
from garrison.federated.central_privacy import private_mean
from garrison.federated.messages import array_record, arrays_of, plan_record, reply_with
from garrison.federated.plan import Plan
from garrison.federated.seeds import draws_for
from garrison.federated.strategies import STRATEGIES, build_strategy, memory_of, restore_memory
from garrison.federated.updates import Update

if TYPE_CHECKING:
    from flwr.serverapp import Grid

Weights = Mapping[str, NDArray[np.generic]]


class Aggregator:
    """Flower's strategy, told what to aggregate, and what it remembers."""

    def __init__(self, plan: Plan, names: Sequence[str], memory: Weights) -> None:
        self._plan, self._names = plan, names
        self._kind = STRATEGIES[plan.strategy]
        with quiet_flower():
            self._strategy = build_strategy(plan.strategy, plan.strategy_params)
        restore_memory(self._strategy, self._kind, names, memory)

    def messages(self, number: int, weights: Weights, nodes: Sequence[int]) -> list[Any]:
        """What the strategy sends to these nodes in round ``number``; it remembers what was sent."""
        with quiet_flower():
            made = self._strategy.configure_train(
                number, array_record(weights), plan_record(self._plan), cast("Grid", _Chosen(nodes or [0]))
            )
        return list(made) if nodes else []

    def weights(
        self, number: int, updates: Sequence[Update], sent: Weights, *, parties: int, noise_seed: int
    ) -> dict[str, NDArray[np.generic]]:
        """The next weights; ``parties`` is how many there are in all.

        ``ModelError`` when the strategy cannot work with so few updates.
        """
        central = self._plan.central
        if central is not None:
            noisy = private_mean(
                updates,
                sent,
                central,
                expected=self._plan.fraction * parties,
                draws=draws_for(noise_seed, "central noise", number),
            )
            updates = (Update("all parties", noisy, 1.0, parties=len(updates)),)
        try:
            with quiet_flower():
                record, _ = self._strategy.aggregate_train(number, [reply_with(each) for each in updates])
        except Exception as error:
            raise ModelError(
                f"the strategy {self._plan.strategy!r} could not aggregate {len(updates)} updates: {error}",
                where=f"round {number}",
                remedy="ask more parties a round, or choose another strategy or parameters",
            ) from error
        if record is None:
            raise ModelError("the strategy made nothing of the updates", where=f"round {number}")
        return {name: np.asarray(array, dtype=np.float32) for name, array in arrays_of(record).items()}

    def memory(self) -> dict[str, NDArray[np.generic]]:
        """What the strategy remembers of the rounds so far."""
        return memory_of(self._strategy, self._kind, self._names)


class _Chosen:
    """A grid as a strategy sees it: the nodes that were chosen, and no others."""

    def __init__(self, nodes: Sequence[int]) -> None:
        self._nodes = nodes

    def get_node_ids(self) -> list[int]:
        return list(self._nodes)


@contextlib.contextmanager
def quiet_flower() -> Iterator[None]:
    """Flower tells of its own doings line by line; what a person wants to know of a round is told by us."""
    log = logging.getLogger("flwr")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)
