"""The stronger attack: images are sought among what letters are made of, so that they look like writing.

After Zhang et al. ("The Secret Revealer", CVPR 2020), who learn what images look like from other, public data; here
from letters of fonts, and by principal components rather than by a generative network: they are learnt in seconds and
can make what no letter is. Images that please the model wherever they are moved by a few pixels are kept (as Struppek
et al., ICML 2022, do).
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from garrison.attacks.privacy.interface import Ints
from garrison.attacks.privacy.inversion.canvas import Canvas, letter_prior
from garrison.attacks.privacy.inversion.descent import DescentInversion
from garrison.attacks.privacy.inversion.target import Differentiable

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class PriorDescent(DescentInversion):
    """``pull`` is the weight of half a point's squared length: of being unlike letters; ``components`` its size."""

    name: ClassVar[str] = "letter_prior"
    knowledge: ClassVar[str] = f"{DescentInversion.knowledge}; that they are writing, bright on dark"

    iterations: int = 100
    starts: int = 2
    shift: float = 0.07
    step: float = 0.1
    pull: float = 0.05
    components: int = 64

    def _canvas(self, model: Differentiable) -> Canvas:
        size = min(self.components, int(np.prod(model.shape)) // 2)
        return letter_prior(model.shape, size=size, low=model.low, high=model.high)

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

        walker = torch.optim.Adam([points], lr=self.step)
        still = np.zeros(0, dtype=np.int64)
        for number in range(self.iterations):
            if until is not None and time.monotonic() >= until:
                return number, still
            walker.zero_grad()
            log_p = self._moved(canvas.images(points), model, draw).gather(1, labels[:, None])[:, 0]
            torch.autograd.backward(-log_p.sum(), retain_graph=False)
            if points.grad is not None:
                if number == 0:
                    still = np.flatnonzero((points.grad.norm(dim=1) == 0).numpy()).astype(np.int64)
                points.grad += self.pull * points.detach()
            walker.step()
        return self.iterations, still
