"""The confidence attack (Fredrikson, Jha, Ristenpart: "Model Inversion Attacks that Exploit Confidence", CCS 2015).

From an empty image, along the slope of the model's confidence in a class, in steps of equal length, until the model
is sure or gets no surer. ``process`` is the paper's clean-up, here after every 20 steps: specks are smoothed out,
edges sharpened. The slope is that of the logarithm of the confidence, which points the same way and does not vanish
where it is small.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from garrison.attacks.privacy.interface import Ints
from garrison.attacks.privacy.inversion.canvas import Canvas, pixels
from garrison.attacks.privacy.inversion.descent import DescentInversion
from garrison.attacks.privacy.inversion.target import Differentiable

if TYPE_CHECKING:
    import torch

EVERY = 20
SMOOTH, SHARPER = 0.7, 0.5


@dataclass(frozen=True, kw_only=True)
class ConfidenceDescent(DescentInversion):
    """Knows nothing of what images look like. ``step`` is the length of a step, in the range of a pixel.

    A class is done when the model is ``sure`` of it, or has got no surer for ``patience`` steps.
    """

    name: ClassVar[str] = "confidence"

    iterations: int = 200
    step: float = 0.1
    sure: float = 0.999
    patience: int = 50
    process: bool = True

    def _canvas(self, model: Differentiable) -> Canvas:
        return pixels(model.shape, low=model.low, high=model.high)

    def _descend(
        self,
        model: Differentiable,
        canvas: Canvas,
        points: "torch.Tensor",
        labels: "torch.Tensor",
        until: float | None,
        draw: np.random.Generator,
    ) -> tuple[int, Ints]:
        import torch

        span = model.high - model.low
        best = torch.full((len(points),), -torch.inf)
        kept, since = points.detach().clone(), torch.zeros(len(points))
        still = np.zeros(0, dtype=np.int64)
        for number in range(self.iterations):
            log_p = self._moved(canvas.images(points), model, draw).gather(1, labels[:, None])[:, 0]
            (slope,) = torch.autograd.grad(log_p.sum(), points)
            length = slope.norm(dim=1, keepdim=True)
            if number == 0:
                still = np.flatnonzero((length[:, 0] == 0).numpy()).astype(np.int64)
            with torch.no_grad():
                better = log_p > best
                kept[better], best[better] = points[better], log_p[better]
                since = torch.where(better, 0, since + 1)
                going = (best < np.log(self.sure)) & (since < self.patience)
                if not going.any() or (until is not None and time.monotonic() >= until):
                    break
                moved = points + self.step * span * slope / length.clamp_min(1e-30)
                if self.process and number % EVERY == EVERY - 1:
                    moved = processed(moved.reshape(-1, *model.shape)).reshape(moved.shape)
                points[going] = moved[going].clamp(0, span)
        with torch.no_grad():
            points.copy_(kept)
        return number + 1, still


def processed(images: "torch.Tensor") -> "torch.Tensor":
    """Smoothed by a Gaussian of 0.7 pixels, and what it took away of the edges half given back."""
    import torch
    from scipy.ndimage import gaussian_filter

    if images.ndim != 4:
        return images
    smooth = gaussian_filter(images.detach().numpy(), SMOOTH, axes=(2, 3))
    again = gaussian_filter(smooth, SMOOTH, axes=(2, 3))
    return torch.from_numpy(smooth + SHARPER * (smooth - again))
