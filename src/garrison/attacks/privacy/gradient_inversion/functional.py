"""The architecture with the weights that were sent out, and the gradient of given images, as a server computes them."""

import copy
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.privacy.gradient_inversion.update import SeenUpdate
from garrison.attacks.privacy.interface import Ints

if TYPE_CHECKING:
    import torch
    from torch import nn


def with_weights_sent(update: SeenUpdate, *, dtype: "torch.dtype | None" = None) -> "nn.Module":
    """A copy of the architecture with the weights before, in evaluation mode; the caller's module is not touched."""
    import torch

    module = copy.deepcopy(update.module).to("cpu", dtype or torch.float32).eval()
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(torch.from_numpy(np.array(update.before[name])))
            parameter.requires_grad_(True)
    return module


def gradient_of(
    update: SeenUpdate, images: NDArray[np.float32], labels: Ints
) -> dict[str, NDArray[np.float32]]:
    """The gradient of the mean cross-entropy of images ``(n, *shape)`` at the weights before, by parameter."""
    import torch
    from torch.nn import functional

    module = with_weights_sent(update)
    loss = functional.cross_entropy(module(torch.from_numpy(images)), torch.from_numpy(labels))
    names, parameters = zip(*module.named_parameters(), strict=True)
    found = torch.autograd.grad(loss, parameters, allow_unused=True)
    return {
        name: np.zeros(parameter.shape, np.float32) if each is None else each.numpy()
        for name, parameter, each in zip(names, parameters, found, strict=True)
    }


def mismatch_of(update: SeenUpdate, images: NDArray[np.float32], labels: Ints) -> float:
    """One less the cosine between the gradient of these images and the one seen, in [0, 2]; 1 for a gradient of 0."""
    ours, seen = gradient_of(update, images, labels), update.gradient
    dot = sum(float(np.vdot(ours[name], seen[name])) for name in seen)
    lengths = [sum(float(np.vdot(each, each)) for each in side.values()) for side in (ours, seen)]
    return 1 - dot / float(np.sqrt(lengths[0] * lengths[1])) if min(lengths) > 0 else 1.0
