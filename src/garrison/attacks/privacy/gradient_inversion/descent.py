"""What attacks by descent have in common: start at noise, go down, keep the best of several, and stop in time."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np

from garrison.attacks.privacy.gradient_inversion.flags import of_reconstruction
from garrison.attacks.privacy.gradient_inversion.functional import mismatch_of, with_weights_sent
from garrison.attacks.privacy.gradient_inversion.labels import labels_of
from garrison.attacks.privacy.gradient_inversion.matching import GradientMatch
from garrison.attacks.privacy.gradient_inversion.result import Reconstructed
from garrison.attacks.privacy.gradient_inversion.update import SeenUpdate
from garrison.attacks.privacy.learning_library import learning_library

if TYPE_CHECKING:
    import torch
    from torch import nn


class Match(Protocol):
    """Made images held against what was seen."""

    length: float

    def __call__(
        self, images: "torch.Tensor", labels: "torch.Tensor", /
    ) -> "tuple[torch.Tensor, torch.Tensor]":
        """The inner product with what was seen, and the squared length of their own."""


@dataclass(frozen=True, kw_only=True)
class DescentAttack:
    """Go down from noise.

    The budget is ``iterations`` for each of ``restarts`` from other noise (the best match is kept), and ``seconds``
    for all. At most ``most`` images are made, in proportion to the classes, where an update has more examples.
    """

    name: ClassVar[str]
    knowledge: ClassVar[str] = (
        "the weights before and after, how the party trains, and how many examples it has"
    )
    precise: ClassVar[bool] = False
    """Whether to reckon in double precision."""

    iterations: int = 300
    restarts: int = 1
    most: int = 100
    seconds: float | None = None

    def run(self, update: SeenUpdate, *, seed: int = 0) -> Reconstructed:
        """Images by descent from noise; equal seeds give equal images, unless the seconds are over first."""
        import torch

        started = time.monotonic()
        until = None if self.seconds is None else started + self.seconds
        with learning_library():
            count, limits = self._count(update), (update.low, update.high)
            labels = labels_of(update, count)
            kind = torch.float64 if self.precise else torch.float32
            match = self._match(with_weights_sent(update, dtype=kind), update)
            best, least, done = np.zeros((count, *update.shape), np.float32), float("inf"), 0
            for restart in range(self.restarts):
                draw = torch.Generator().manual_seed(seed * 1_000_003 + restart)
                images = torch.rand((count, *update.shape), generator=draw, dtype=kind)
                images = (images * (limits[1] - limits[0]) + limits[0]).requires_grad_(True)
                if match.length > 0:
                    done += self._descend(match, images, torch.from_numpy(labels), until, limits)
                made = images.detach().nan_to_num().clamp(update.low, update.high).float().numpy().copy()
                apart = mismatch_of(update, made, labels)
                if apart < least:
                    best, least = made, apart
                if not in_time(until):
                    break
        seconds = time.monotonic() - started
        found = Reconstructed(
            attack=self.name,
            knowledge=self.knowledge,
            images=best,
            labels=labels,
            labels_known=update.labels is not None,
            mismatch=least,
            iterations=done,
            seconds=seconds,
        )
        over = self.seconds is not None and seconds >= self.seconds
        return self._judged(found, update, cut=over and done < self.iterations * self.restarts)

    def _judged(self, found: Reconstructed, update: SeenUpdate, *, cut: bool) -> Reconstructed:
        """With what speaks against it."""
        return of_reconstruction(found, update, cut=cut, one_gradient=True)

    def _count(self, update: SeenUpdate) -> int:
        """How many images are made."""
        return min(update.examples, self.most)

    def _match(self, module: "nn.Module", update: SeenUpdate) -> Match:
        """What made images are held against: here the mean gradient."""
        return GradientMatch(module, update.gradient, update.shape)

    def _descend(
        self,
        match: Match,
        images: "torch.Tensor",
        labels: "torch.Tensor",
        until: float | None,
        limits: tuple[float, float],
    ) -> int:
        """Move the images, within their ``limits``, where the loss falls; how many steps were done ``until`` then."""
        raise NotImplementedError


def in_time(until: float | None) -> bool:
    """Whether there is time left."""
    return until is None or time.monotonic() < until
