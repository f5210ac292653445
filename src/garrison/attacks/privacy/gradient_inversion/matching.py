"""How near the gradient of made images is to the one seen, without writing out what is large in it.

The gradient of a dense layer's weights is the product of two thin matrices: of what flows back into its ``n``
outputs, D ``(n, out)``, and of its inputs A ``(n, in)``. Its inner product with a gradient G is that of D with A Gᵀ,
and its squared length that of D Dᵀ with A Aᵀ. So the dense layers, which hold nearly all weights of small networks,
cost what a pass through them costs; the gradient itself, and the second derivatives through it, are never made.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch
    from torch import nn


class GradientMatch:
    """The gradients of made images at given weights, held against the one seen; all can be differentiated again."""

    def __init__(
        self, module: "nn.Module", seen: Mapping[str, NDArray[np.float32]], shape: tuple[int, ...]
    ) -> None:
        import torch

        self.module = module
        weights = next(module.parameters())
        self.seen = {name: torch.from_numpy(np.array(each)).to(weights.dtype) for name, each in seen.items()}
        self.length = float(sum(float((each * each).sum()) for each in self.seen.values())) ** 0.5
        self._thin = _thin_layers(module, torch.zeros((2, *shape), dtype=weights.dtype))
        self._passed: dict[str, tuple[torch.Tensor, torch.Tensor]] = {}
        for name, layer in self._thin.items():
            layer.register_forward_hook(self._keep(name))
        whole = {f"{name}.weight" for name in self._thin} | {f"{name}.bias" for name in self._thin}
        self._rest = {name: each for name, each in module.named_parameters() if name not in whole}

    def _keep(self, name: str) -> Any:
        def hook(_: object, given: "tuple[torch.Tensor, ...]", made: "torch.Tensor") -> None:
            self._passed[name] = (given[0], made)

        return hook

    def __call__(self, images: "torch.Tensor", labels: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
        """The inner product with the gradient seen, and the squared length of that of ``images`` ``(n, *shape)``.

        ``labels`` are classes, int64 ``(n,)``, or probabilities of them, ``(n, classes)``; the loss is the mean
        cross-entropy.
        """
        import torch
        from torch.nn import functional

        loss = functional.cross_entropy(self.module(images), labels)
        outputs = [self._passed[name][1] for name in self._thin]
        back = torch.autograd.grad(loss, [*outputs, *self._rest.values()], create_graph=True)
        dot = square = torch.zeros((), dtype=images.dtype)
        for (name, layer), flowing in zip(self._thin.items(), back, strict=False):
            given = self._passed[name][0]
            dot = dot + (flowing * functional.linear(given, self.seen[f"{name}.weight"])).sum()
            square = square + ((flowing @ flowing.T) * (given @ given.T)).sum()
            if layer.bias is not None:
                offset = flowing.sum(dim=0)
                dot = dot + (offset * self.seen[f"{name}.bias"]).sum()
                square = square + (offset * offset).sum()
        for name, each in zip(self._rest, back[len(outputs) :], strict=True):
            dot = dot + (each * self.seen[name]).sum()
            square = square + (each * each).sum()
        return dot, square


def _thin_layers(module: "nn.Module", images: "torch.Tensor") -> "dict[str, nn.Linear]":
    """The dense layers, by name, that see one row a record and are passed once; others are made like any weights."""
    from torch import nn

    passed: dict[str, list[int]] = {}
    found = {name: each for name, each in module.named_modules() if type(each) is nn.Linear}
    hooks = [
        layer.register_forward_hook(
            lambda _layer, given, _made, name=name: passed.setdefault(name, []).append(given[0].ndim)
        )
        for name, layer in found.items()
    ]
    module(images)
    for hook in hooks:
        hook.remove()
    once = {name: each for name, each in found.items() if passed.get(name) == [2]}
    shared = [id(each.weight) for each in once.values()]
    return {name: each for name, each in once.items() if shared.count(id(each.weight)) == 1}
