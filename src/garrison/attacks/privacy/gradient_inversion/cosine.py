"""Gradient matching by angle (Geiping et al., "Inverting Gradients", NeurIPS 2020).

Images are sought whose gradient points where the one seen does, and that change little from pixel to pixel: 1 less
the cosine, plus a weight times the total variation, by Adam on the signs of the slopes, with values kept in their
range.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from garrison.attacks.privacy.gradient_inversion.descent import DescentAttack, Match, in_time

if TYPE_CHECKING:
    import torch

SLOWER_AT = (3 / 8, 5 / 8, 7 / 8)
"""Shares of the iterations after which the steps become a tenth, as in the paper."""


@dataclass(frozen=True, kw_only=True)
class CosineInversion(DescentAttack):
    """Match the gradient's direction; needs no architecture in particular, and several examples at once.

    ``total_variation`` is the weight of the mean change between neighbouring pixels, ``step`` how far a pixel goes at
    first in each iteration, as a share of its range. An update of several local steps is taken for one gradient, the
    mean over its way; ``UnrolledInversion`` goes through the steps.
    """

    name: ClassVar[str] = "cosine"

    step: float = 0.1
    total_variation: float = 0.01

    def _descend(
        self,
        match: Match,
        images: "torch.Tensor",
        labels: "torch.Tensor",
        until: float | None,
        limits: tuple[float, float],
    ) -> int:
        import torch

        low, high = limits
        span = high - low
        walker = torch.optim.Adam([images], lr=self.step * span)
        slower = torch.optim.lr_scheduler.MultiStepLR(
            walker, [max(int(share * self.iterations), 1) for share in SLOWER_AT]
        )
        for number in range(self.iterations):
            if not in_time(until):
                return number
            walker.zero_grad()
            dot, square = match(images, labels)
            loss = 1 - dot / (square.clamp_min(1e-30).sqrt() * match.length)
            torch.autograd.backward(loss + self.total_variation * total_variation(images / span))
            if images.grad is not None:
                images.grad.sign_()
            walker.step()
            slower.step()
            with torch.no_grad():
                images.clamp_(low, high)
        return self.iterations


def total_variation(images: "torch.Tensor") -> "torch.Tensor":
    """The mean change between neighbours along every axis but the first two, as far as there are neighbours."""
    import torch

    found = torch.zeros((), dtype=images.dtype)
    for axis in range(2, images.ndim):
        if images.shape[axis] > 1:
            found = found + images.diff(dim=axis).abs().mean()
    return found
