"""What inversions with a model's slopes have in common: several starts a class, the best kept, an end in time."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from garrison.attacks.privacy.interface import Ints
from garrison.attacks.privacy.inversion.canvas import Canvas
from garrison.attacks.privacy.inversion.flags import of_run
from garrison.attacks.privacy.inversion.result import Inverted
from garrison.attacks.privacy.inversion.target import Differentiable
from garrison.attacks.privacy.learning_library import learning_library

if TYPE_CHECKING:
    import torch

SHIFTED = 8
"""How many shifts of an image the starts of a class are compared over."""


@dataclass(frozen=True, kw_only=True)
class DescentInversion:
    """The budget: ``iterations`` from each of ``starts`` points a class, and ``seconds`` for all.

    ``shift`` is by what share of a side, at most, images are moved to and fro while they are looked at, which keeps
    the search from specks that please the model in one place alone.
    """

    name: ClassVar[str]
    knowledge: ClassVar[str] = "the model with its weights; the shape and range of its inputs"

    iterations: int = 100
    starts: int = 1
    shift: float = 0.0
    seconds: float | None = None

    def run(self, model: Differentiable, *, seed: int = 0) -> Inverted:
        """A record for each class; equal seeds give equal records, unless the seconds are over first."""
        import torch

        started = time.monotonic()
        until = None if self.seconds is None else started + self.seconds
        with learning_library():
            canvas = self._canvas(model)
            labels = torch.arange(model.classes).repeat_interleave(self.starts)
            points = torch.from_numpy(canvas.begin(len(labels), seed)).float().requires_grad_(True)
            draw = np.random.default_rng([seed, 1])
            done, still = self._descend(model, canvas, points, labels, until, draw)
            with torch.no_grad():
                images = canvas.images(points)
                sure = torch.stack(
                    [
                        self._moved(images, model, draw).gather(1, labels[:, None])[:, 0]
                        for _ in range(SHIFTED)
                    ]
                ).mean(dim=0)
                best = sure.reshape(model.classes, self.starts).argmax(dim=1)
                chosen = images.reshape(model.classes, self.starts, *model.shape)[range(model.classes), best]
                classes = np.arange(model.classes)
                confidence = model.logits(chosen).double().softmax(dim=1).numpy()[classes, classes]
        over = done < self.iterations and until is not None and time.monotonic() >= until
        return Inverted(
            attack=self.name,
            knowledge=self.knowledge,
            classes=classes.astype(np.int64),
            records=chosen.numpy().copy(),
            confidence=np.asarray(confidence),
            queries=len(labels) * (done + SHIFTED) + model.classes,
            iterations=done,
            seconds=time.monotonic() - started,
            flags=of_run(
                confidence, still=int(np.unique(still // self.starts).size), cut=done if over else None
            ),
        )

    def _moved(
        self, images: "torch.Tensor", model: Differentiable, draw: np.random.Generator
    ) -> "torch.Tensor":
        """The log-probabilities of images that are moved by a few pixels."""
        import torch

        most = round(self.shift * min(images.shape[2:])) if images.ndim == 4 else 0
        if most:
            across, down = draw.integers(-most, most + 1, 2)
            images = torch.roll(images, (int(down), int(across)), (2, 3))
        return model.logits(images).log_softmax(dim=1)

    def _canvas(self, model: Differentiable) -> Canvas:
        """Where images are sought."""
        raise NotImplementedError

    def _descend(
        self,
        model: Differentiable,
        canvas: Canvas,
        points: "torch.Tensor",
        labels: "torch.Tensor",
        until: float | None,
        draw: np.random.Generator,
    ) -> tuple[int, Ints]:
        """Move the points to where the model is surer; the iterations done, and which points had no slope at first."""
        raise NotImplementedError
