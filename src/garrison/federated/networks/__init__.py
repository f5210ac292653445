"""The networks that are trained together, one a file.

Each is a function of the shape of one record and the number of classes, and gives a ``torch.nn.Module`` that makes
logits of shape ``(n, classes)`` from records ``(n, *shape)``. A new one is a file of this folder and a line in
``NETWORKS``.
"""

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

from garrison.errors import ModelError, UsageError
from garrison.federated.extra import need
from garrison.federated.networks.cnn import cnn
from garrison.federated.networks.mlp import mlp
from garrison.federated.networks.rows import rows
from garrison.federated.networks.tanh_cnn import tanh_cnn

if TYPE_CHECKING:
    from torch import nn

NETWORKS: "dict[str, Callable[[tuple[int, ...], int], nn.Module]]" = {
    "mlp": mlp,
    "cnn": cnn,
    "tanh_cnn": tanh_cnn,
    "rows": rows,
}
"""What makes a network, by name, from the shape of an image and the number of classes."""

__all__ = ["NETWORKS", "build_network", "weight_shapes"]


def build_network(name: str, *, shape: tuple[int, ...], classes: int, seed: int) -> "nn.Module":
    """The network called ``name``, its weights drawn from ``seed``; equal arguments give equal weights.

    ``UsageError`` for a name that is none, or where PyTorch is not installed; ``ModelError`` when the network is not
    made for records of that ``shape``.

    >>> network = build_network("cnn", shape=(1, 28, 28), classes=10, seed=0)
    >>> sum(weights.numel() for weights in network.parameters())
    1663370
    """
    need("torch")
    import torch

    if name not in NETWORKS:
        raise UsageError(f"no network is called {name!r}", expected=f"one of {', '.join(NETWORKS)}")
    if classes < 2:
        raise UsageError(f"{classes} classes", expected="2 or more")
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.filterwarnings("error", message="Initializing zero-element tensors")
        torch.manual_seed(seed)
        try:
            return NETWORKS[name](shape, classes)
        except (RuntimeError, ValueError, IndexError, UserWarning) as error:
            raise ModelError(
                f"the network {name!r} takes no records of shape {shape}",
                expected="pictures of 8 x 8 or larger for the convolutional ones, one row of numbers for rows",
            ) from error


def weight_shapes(name: str, *, shape: tuple[int, ...], classes: int) -> dict[str, tuple[int, ...]]:
    """The shape of each weight of the network, by its name, without memory for any; raises as ``build_network`` does.

    >>> weight_shapes("mlp", shape=(1, 8, 8), classes=10)["1.weight"]
    (200, 64)
    """
    need("torch")
    import torch

    with torch.device("meta"):
        network = build_network(name, shape=shape, classes=classes, seed=0)
    return {each: tuple(weights.shape) for each, weights in network.state_dict().items()}
