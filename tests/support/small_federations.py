"""Small federations of the digits that come with scikit-learn, and parties that misbehave."""

from collections.abc import Callable
from typing import Any

import numpy as np

from garrison.federated.federation import Federation
from garrison.federated.images import Images, read_images
from garrison.federated.local_training import LocalTraining
from garrison.federated.partitions import iid
from garrison.federated.party import Party, parties_of
from garrison.federated.party_app import party_app
from garrison.federated.plan import Plan

SMALL = 240


def digits() -> Images:
    """A few digits of 8 x 8."""
    return read_images("digits")


def small_parties(count: int = 4, *, rows: int = SMALL) -> tuple[Party, ...]:
    """So many parties with equal shares of a few digits."""
    found = digits()
    return parties_of(found.x, found.y, iid(found.y[:rows], parties=count, seed=0))


def small_plan(**changes: Any) -> Plan:
    """Three quick rounds of a small network; ``how`` is changed through the names of ``LocalTraining``."""
    local = {name: changes.pop(name) for name in [*changes] if name in LocalTraining.__dataclass_fields__}
    facts: dict[str, Any] = {"network": "mlp", "shape": (1, 8, 8), "classes": 10, "rounds": 3, **changes}
    return Plan(how=LocalTraining(**{"batch": 20, **local}), **facts)


def small_federation(count: int = 4, **changes: Any) -> Federation:
    """Parties and a plan for them."""
    return Federation(small_parties(count), small_plan(**changes))


class Misbehaving:
    """Makes client apps of which those of some parties change what they send back."""

    def __init__(self, names: set[str], change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self.names, self.change = names, change

    def __call__(self, source: Any) -> Any:
        return party_app(source, mods=[self._spoil] if source(None).name in self.names else [])

    def _spoil(self, message: Any, context: Any, call_next: Any) -> Any:
        from flwr.app import RecordDict

        from garrison.federated.messages import ARRAYS, METRICS, array_record, arrays_of

        reply = call_next(message, context)
        arrays = self.change(arrays_of(reply.content.array_records[ARRAYS]))
        reply.content = RecordDict(
            {ARRAYS: array_record(arrays), METRICS: reply.content.metric_records[METRICS]}
        )
        return reply


def far_away(arrays: dict[str, Any]) -> dict[str, Any]:
    """Weights a hundred thousand away from where they were."""
    return {name: np.asarray(array + np.float32(1e5)) for name, array in arrays.items()}


def not_numbers(arrays: dict[str, Any]) -> dict[str, Any]:
    """One weight is not a number."""
    name = next(iter(arrays))
    spoilt = arrays[name].copy()
    spoilt.flat[0] = np.nan
    return {**arrays, name: spoilt}


def infinite(arrays: dict[str, Any]) -> dict[str, Any]:
    """One weight is infinite."""
    name = next(iter(arrays))
    spoilt = arrays[name].copy()
    spoilt.flat[-1] = np.inf
    return {**arrays, name: spoilt}


def another_shape(arrays: dict[str, Any]) -> dict[str, Any]:
    """One array has a column too few."""
    name = next(iter(arrays))
    return {**arrays, name: arrays[name][:, :-1]}


def one_missing(arrays: dict[str, Any]) -> dict[str, Any]:
    """One array is not there."""
    return dict([*arrays.items()][1:])


def one_more(arrays: dict[str, Any]) -> dict[str, Any]:
    """An array that nobody asked for."""
    return {**arrays, "more": np.zeros(3, np.float32)}


def whole_numbers(arrays: dict[str, Any]) -> dict[str, Any]:
    """Weights of another type."""
    return {name: array.astype(np.int64) for name, array in arrays.items()}
