"""The party's local training written out step by step, so that the way of its weights can be differentiated.

Geiping et al. (NeurIPS 2020, section 6): where a party takes several steps, the images are sought whose training
would lead to the weights that came back. Which examples stood in which batch is not known: the attacker puts them
into batches in order, the same in each epoch. That is exact for one batch an epoch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from garrison.attacks.privacy.gradient_inversion.cosine import CosineInversion
from garrison.attacks.privacy.gradient_inversion.descent import Match
from garrison.attacks.privacy.gradient_inversion.flags import of_reconstruction
from garrison.attacks.privacy.gradient_inversion.result import Reconstructed
from garrison.attacks.privacy.gradient_inversion.update import SeenUpdate

if TYPE_CHECKING:
    import torch
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class UnrolledInversion(CosineInversion):
    """Match the direction of the whole way; every local step costs as much as an iteration of ``CosineInversion``.

    All examples are made, however many they are: the steps need them.
    """

    name: ClassVar[str] = "cosine_unrolled"

    def _match(self, module: "nn.Module", update: SeenUpdate) -> Match:
        return UnrolledMatch(module, update)

    def _count(self, update: SeenUpdate) -> int:
        return update.examples

    def _judged(self, found: Reconstructed, update: SeenUpdate, *, cut: bool) -> Reconstructed:
        return of_reconstruction(found, update, cut=cut, one_gradient=False)


class UnrolledMatch:
    """The mean way of the weights under made images, held against the one seen."""

    def __init__(self, module: "nn.Module", update: SeenUpdate) -> None:
        import torch

        self.module, self.how, self.parties = module, update.how, update.parties
        kind = next(module.parameters()).dtype
        self.seen = {
            name: torch.from_numpy(update.before[name].astype(np.float64) - update.after[name]).to(kind)
            / update.how.reach
            for name in update.before
        }
        self.length = float(sum(float((each * each).sum()) for each in self.seen.values())) ** 0.5

    def __call__(self, images: "torch.Tensor", labels: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":
        """The inner product with the way seen, and the squared length of that of ``images`` ``(n, *shape)``."""
        import torch

        dot = square = torch.zeros((), dtype=images.dtype)
        each = self.how.examples
        ways = [
            self._way(images[place * each : (place + 1) * each], labels[place * each : (place + 1) * each])
            for place in range(self.parties)
        ]
        for name, seen in self.seen.items():
            mean = sum((way[name] for way in ways), torch.zeros_like(seen)) / self.parties
            dot = dot + (mean * seen).sum()
            square = square + (mean * mean).sum()
        return dot, square

    def _way(self, images: "torch.Tensor", labels: "torch.Tensor") -> "Mapping[str, torch.Tensor]":
        """How far each weight goes for one party, in units of a gradient that never changes."""
        import torch
        from torch.func import functional_call
        from torch.nn import functional

        before = {name: each.detach() for name, each in self.module.named_parameters()}
        now = {name: each.requires_grad_(True) for name, each in before.items()}
        speeds = {name: torch.zeros_like(each) for name, each in before.items()}
        for _ in range(self.how.epochs):
            for start in range(0, len(images), self.how.batch):
                part = slice(start, start + self.how.batch)
                loss = functional.cross_entropy(
                    functional_call(self.module, now, (images[part],)), labels[part]
                )
                back = torch.autograd.grad(loss, [*now.values()], create_graph=True)
                for name, each in zip(speeds, back, strict=True):
                    slope = each + self.how.weight_decay * now[name]
                    speeds[name] = self.how.momentum * speeds[name] + slope
                now = {name: each - self.how.learning_rate * speeds[name] for name, each in now.items()}
        return {name: (before[name] - each) / self.how.reach for name, each in now.items()}
