"""A dense layer whose inputs can be found: what the update says of its weights and offsets."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.privacy.gradient_inversion.functional import with_weights_sent
from garrison.attacks.privacy.gradient_inversion.update import SeenUpdate
from garrison.errors import UsageError


@dataclass(frozen=True)
class DenseLayer:
    """The first dense layer of an architecture, by its gradient: ``slopes`` ``(out, in)`` and ``offsets`` ``(out,)``.

    ``sees_pixels``: its inputs are the values of the record themselves, in their order.
    """

    name: str
    slopes: NDArray[np.float32]
    offsets: NDArray[np.float32]
    sees_pixels: bool


def first_dense_layer(update: SeenUpdate) -> DenseLayer:
    """The first dense layer that sees one row a record; ``UsageError`` where there is none, or it has no offsets."""
    import torch
    from torch import nn

    module = with_weights_sent(update)
    passed: list[tuple[str, torch.Tensor]] = []

    def keep(name: str) -> Any:
        return lambda _layer, given, _made: passed.append((name, given[0].detach()))

    for name, each in module.named_modules():
        if type(each) is nn.Linear:
            each.register_forward_hook(keep(name))
    probe = torch.rand((2, *update.shape), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        module(probe)
    gradient = update.gradient
    for name, given in passed:
        if given.ndim == 2 and f"{name}.bias" in gradient:
            return DenseLayer(
                name,
                gradient[f"{name}.weight"],
                gradient[f"{name}.bias"],
                given.shape == probe.flatten(1).shape and bool((given == probe.flatten(1)).all()),
            )
    raise UsageError(
        "no dense layer of this architecture gives its inputs away",
        expected="a dense layer with offsets that sees one row a record",
        remedy="match the gradient: CosineInversion asks for no architecture in particular",
    )


def input_layer(update: SeenUpdate) -> DenseLayer:
    """The same where it sees the record's own values; ``UsageError`` where other layers stand before it."""
    layer = first_dense_layer(update)
    if not layer.sees_pixels:
        raise UsageError(
            "the first dense layer does not see the record's own values",
            where=layer.name,
            expected="an architecture whose first layer is dense",
            remedy="match the gradient: CosineInversion asks for no architecture in particular",
        )
    return layer
