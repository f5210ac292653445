"""A trained network that can be asked, saved and attacked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from garrison.errors import ModelError
from garrison.federated.networks import build_network, weight_shapes

if TYPE_CHECKING:
    from torch import nn

_BATCH = 500


@dataclass(frozen=True)
class NetworkModel:
    """A ``torch`` network, which one it is, the ``shape`` of a record and the number of ``classes``.

    ``facts`` are what a reader of the saved model should know of its training. The network itself is ``module``, for
    whoever may look inside; ``probabilities`` is all that others need.
    """

    module: "nn.Module"
    network: str
    shape: tuple[int, ...]
    classes: int
    facts: Mapping[str, Any] = field(default_factory=dict)

    def logits(self, records: NDArray[Any]) -> NDArray[np.float64]:
        """What the last layer gives, float64 ``(n, classes)``, for records ``(n, *shape)``."""
        import torch

        array = np.asarray(records, dtype=np.float32)
        if array.shape[1:] != self.shape:
            raise ModelError(
                f"records have the shape {array.shape[1:]}",
                expected=f"{self.shape}, as the network takes them",
            )
        self.module.eval()
        found = np.empty((len(array), self.classes))
        with torch.no_grad():
            for begin in range(0, len(array), _BATCH):
                piece = torch.from_numpy(array[begin : begin + _BATCH].copy())
                found[begin : begin + _BATCH] = self.module(piece).numpy()
        return found

    def probabilities(self, records: NDArray[Any], /) -> NDArray[np.float64]:
        """The probability of each class, float64 ``(n, classes)``; every row sums to 1."""
        from scipy.special import softmax

        return np.asarray(softmax(self.logits(records), axis=1))

    def judged_by(self, x: NDArray[Any], y: NDArray[np.int64]) -> tuple[float, float]:
        """The mean cross-entropy (nats) and the accuracy on records of known classes."""
        from scipy.special import log_softmax

        logits = self.logits(x)
        truth = np.take_along_axis(log_softmax(logits, axis=1), np.asarray(y)[:, np.newaxis], axis=1)
        return float(-truth.mean()), float((logits.argmax(axis=1) == y).mean())

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the weights, in their order."""
        return tuple(self.module.state_dict())

    def weights(self) -> list[NDArray[np.float32]]:
        """Copies of the weights, in the order of ``names``."""
        return [weights.detach().numpy().copy() for weights in self.module.state_dict().values()]

    def with_weights(self, weights: Sequence[NDArray[np.generic]]) -> "NetworkModel":
        """The same network with other weights; this one stays as it is."""
        other = new_model(self.network, shape=self.shape, classes=self.classes, seed=0, facts=self.facts)
        set_weights(other.module, weights)
        return other


def new_model(
    network: str, *, shape: tuple[int, ...], classes: int, seed: int, facts: Mapping[str, Any] | None = None
) -> NetworkModel:
    """An untrained model; equal seeds give equal weights.

    >>> model = new_model("mlp", shape=(1, 8, 8), classes=10, seed=1)
    >>> model.probabilities(np.zeros((2, 1, 8, 8))).shape
    (2, 10)
    """
    module = build_network(network, shape=shape, classes=classes, seed=seed)
    return NetworkModel(module=module, network=network, shape=shape, classes=classes, facts=facts or {})


def model_of(
    network: str,
    arrays: Mapping[str, NDArray[np.generic]],
    *,
    shape: tuple[int, ...],
    classes: int,
    facts: Mapping[str, Any] | None = None,
) -> NetworkModel:
    """The network with these weights, which may come from anybody: they are compared before there is memory for it.

    ``ModelError`` when their names or shapes are not those of the network.
    """
    shapes = weight_shapes(network, shape=shape, classes=classes)
    if {name: tuple(array.shape) for name, array in arrays.items()} != shapes:
        raise ModelError(
            "the weights do not fit the network", expected=f"arrays of the shapes {shapes}"[:300]
        )
    model = new_model(network, shape=shape, classes=classes, seed=0, facts=facts)
    set_weights(model.module, [arrays[name] for name in model.names])
    return model


def set_weights(module: "nn.Module", weights: Sequence[NDArray[np.generic]]) -> None:
    """Put the weights into the network; ``ModelError`` when their number or shapes are others."""
    import torch

    there = module.state_dict()
    shapes = [tuple(each.shape) for each in there.values()]
    if [tuple(each.shape) for each in weights] != shapes:
        raise ModelError("the weights do not fit the network", expected=f"arrays of the shapes {shapes}")
    with torch.no_grad():
        for target, source in zip(there.values(), weights, strict=True):
            target.copy_(torch.from_numpy(np.array(source, dtype=np.float32)))
