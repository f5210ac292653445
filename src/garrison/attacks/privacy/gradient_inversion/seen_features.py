"""Images of which the layers before a dense one make given features: a descent through those layers."""

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.privacy.gradient_inversion.cosine import total_variation
from garrison.attacks.privacy.gradient_inversion.descent import in_time
from garrison.attacks.privacy.gradient_inversion.functional import with_weights_sent
from garrison.attacks.privacy.gradient_inversion.update import SeenUpdate
from garrison.attacks.privacy.interface import Floats


def images_with_features(
    update: SeenUpdate,
    layer: str,
    features: Floats,
    *,
    iterations: int,
    total: float,
    until: float | None,
    seed: int,
) -> tuple[NDArray[np.float32], int]:
    """Images ``(n, *shape)`` whose inputs to the dense ``layer`` are ``features`` ``(n, d)``, and the iterations done.

    Least squares, each image in units of its own features' length, plus ``total`` times the total variation.
    """
    import torch

    module = with_weights_sent(update)
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    seen: list[torch.Tensor] = []
    module.get_submodule(layer).register_forward_pre_hook(lambda _layer, given: seen.append(given[0]))
    wanted = torch.from_numpy(np.nan_to_num(features)).float()
    weight = 1 / wanted.square().sum(dim=1).clamp_min(1e-12)
    draw = torch.Generator().manual_seed(seed)
    span = update.high - update.low
    images = torch.rand((len(features), *update.shape), generator=draw) * 0.2 * span + update.low
    images.requires_grad_(True)
    walker = torch.optim.Adam([images], lr=0.1 * span)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(walker, max(iterations, 1))
    for number in range(iterations):
        if not in_time(until):
            return images.detach().numpy().copy(), number
        walker.zero_grad()
        seen.clear()
        module(images)
        apart = (seen[0] - wanted).square().sum(dim=1)
        smooth = total * len(features) * total_variation(images / span)
        torch.autograd.backward((apart * weight).sum() + smooth)
        walker.step()
        slower.step()
        with torch.no_grad():
            images.clamp_(update.low, update.high)
    return images.detach().numpy().copy(), iterations
