"""What a server sees of a round: the weights before and after, and how the party was told to train."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.privacy.interface import Ints
from garrison.errors import DataError

if TYPE_CHECKING:
    from torch import nn

Weights = Mapping[str, NDArray[Any]] | Sequence[NDArray[Any]]
"""Weights by their names in the module's ``state_dict``, or all of them in its order."""


@dataclass(frozen=True, kw_only=True)
class LocalSteps:
    """How a party trains, which the server knows as it said so: plain SGD over its ``examples`` in batches.

    ``examples`` may be told by the party, as averaging by their number needs it.
    """

    examples: int
    batch: int
    learning_rate: float
    epochs: int = 1
    momentum: float = 0.0
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what nobody can train with."""
        if min(self.examples, self.batch, self.epochs) < 1 or not self.learning_rate > 0:
            raise DataError(
                f"local training of {self.epochs} epochs over {self.examples} examples in batches of {self.batch} "
                f"at a learning rate of {self.learning_rate:g}",
                expected="one or more of each, and a learning rate above 0",
            )

    @property
    def steps(self) -> int:
        """How many steps of SGD the party takes."""
        return self.epochs * -(-self.examples // self.batch)

    @property
    def reach(self) -> float:
        """How far the weights go for a gradient of 1 that never changes: the learning rate times the velocities."""
        speed, gone = 0.0, 0.0
        for _ in range(self.steps):
            speed = self.momentum * speed + 1.0
            gone += speed
        return self.learning_rate * gone


@dataclass(frozen=True, kw_only=True)
class SeenUpdate:
    """The weights that went out and those that came back, with all that a curious server knows besides.

    ``module`` is the architecture; its own weights do not matter and are not changed. ``before`` and ``after`` are
    float32 arrays by the names of its parameters. ``shape`` is that of one record and ``(low, high)`` the range of
    its values. ``labels``, int64, are the classes of the examples where the server knows them (else None). Behind a
    secure aggregation ``after`` is the mean over ``parties``, each of which trained as ``how`` says; labels go by
    party.
    """

    module: "nn.Module"
    before: Mapping[str, NDArray[np.float32]]
    after: Mapping[str, NDArray[np.float32]]
    how: LocalSteps
    shape: tuple[int, ...]
    classes: int
    labels: Ints | None = None
    parties: int = 1
    low: float = 0.0
    high: float = 1.0

    @classmethod
    def of(
        cls,
        module: "nn.Module",
        before: Weights,
        after: Weights,
        how: LocalSteps,
        *,
        shape: Sequence[int],
        classes: int,
        labels: Sequence[int] | Ints | None = None,
        parties: int = 1,
        low: float = 0.0,
        high: float = 1.0,
    ) -> "SeenUpdate":
        """An update as it is sent; ``DataError`` for weights that do not fit the module, or are not finite."""
        known = None if labels is None else np.asarray(labels, dtype=np.int64)
        if known is not None and (
            known.shape != (how.examples * parties,) or known.min() < 0 or known.max() >= classes
        ):
            raise DataError(
                f"labels of shape {known.shape}",
                expected=f"one for each of {how.examples * parties} examples, from 0 to {classes - 1}",
            )
        return cls(
            module=module,
            before=_named(module, before, "before"),
            after=_named(module, after, "after"),
            how=how,
            shape=tuple(shape),
            classes=classes,
            labels=known,
            parties=parties,
            low=low,
            high=high,
        )

    @property
    def examples(self) -> int:
        """How many records the update was learnt from."""
        return self.how.examples * self.parties

    @property
    def gradient(self) -> dict[str, NDArray[np.float32]]:
        """The update as one gradient of the mean loss, by parameter: exact for one step, else the mean over the way."""
        return {
            name: (
                (self.before[name].astype(np.float64) - self.after[name]) / self.how.reach
                - self.how.weight_decay * self.before[name]
            ).astype(np.float32)
            for name in self.before
        }


def _named(module: "nn.Module", given: Weights, which: str) -> dict[str, NDArray[np.float32]]:
    """The parameters alone, by name; what the module counts besides (its buffers) has no gradient."""
    state = module.state_dict()
    if not isinstance(given, Mapping):
        if len(given) != len(state):
            raise DataError(
                f"{len(given)} arrays of weights", where=which, expected=f"{len(state)}: {', '.join(state)}"
            )
        given = dict(zip(state, given, strict=True))
    found = {}
    for name, parameter in module.named_parameters():
        if name not in given:
            raise DataError(f"no weights are called {name}", where=which, expected=", ".join(state))
        array = np.asarray(given[name], dtype=np.float32)
        if array.shape != tuple(parameter.shape) or not np.isfinite(array).all():
            raise DataError(
                f"weights of shape {array.shape}, or not finite",
                where=f"{which}, {name}",
                expected=f"finite values of shape {tuple(parameter.shape)}",
            )
        found[name] = array
    return found
