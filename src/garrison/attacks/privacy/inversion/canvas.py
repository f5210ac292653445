"""Where images are sought: among all pixels, or among what letters are made of."""

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.privacy.interface import Floats
from garrison.attacks.privacy.inversion.letters import letters
from garrison.errors import DataError

if TYPE_CHECKING:
    import torch

DRAWN = 6_000
"""Letters that the prior is learnt from."""


@dataclass(frozen=True)
class Canvas:
    """Images ``mean + point @ basis``, kept in [low, high]: a point of ``size`` numbers is an image of ``shape``.

    ``mean`` is float32 ``(d,)`` and ``basis`` ``(size, d)``, or None where a point holds the pixels themselves. With
    a ``prior`` points are standard normal, so that far ones are unlike what the basis was learnt from; else they
    begin at 0.
    """

    shape: tuple[int, ...]
    mean: NDArray[np.float32]
    basis: NDArray[np.float32] | None = None
    low: float = 0.0
    high: float = 1.0

    @property
    def size(self) -> int:
        """How many numbers a point has."""
        return len(self.mean) if self.basis is None else len(self.basis)

    @property
    def prior(self) -> bool:
        """Whether points near 0 are likelier."""
        return self.basis is not None

    def images(self, points: "torch.Tensor") -> "torch.Tensor":
        """Images ``(n, *shape)`` of points ``(n, size)``."""
        import torch

        moved = points if self.basis is None else points @ torch.from_numpy(self.basis)
        return (moved + torch.from_numpy(self.mean)).clamp(self.low, self.high).reshape(-1, *self.shape)

    def records(self, points: Floats) -> NDArray[np.float32]:
        """The same for an array."""
        flat = points.astype(np.float32)
        moved = flat if self.basis is None else flat @ self.basis
        images: NDArray[np.float32] = np.clip(moved + self.mean, self.low, self.high)
        return images.reshape(-1, *self.shape)

    def begin(self, count: int, seed: int) -> Floats:
        """Points to start from, ``(count, size)``."""
        if not self.prior:
            return np.zeros((count, self.size))
        return np.random.default_rng(seed).normal(size=(count, self.size))


def pixels(shape: tuple[int, ...], *, low: float = 0.0, high: float = 1.0) -> Canvas:
    """Every image there is, from an empty one on."""
    return Canvas(shape, np.full(int(np.prod(shape)), low, dtype=np.float32), None, low, high)


def letter_prior(
    shape: tuple[int, ...], *, size: int = 64, low: float = 0.0, high: float = 1.0, seed: int = 0
) -> Canvas:
    """What letters have in common: their mean, and their ``size`` principal components in standard deviations.

    Learnt in seconds from letters of fonts (``letters``), never from what a model learnt from. Raises ``DataError``
    for shapes that are no images, or fewer pixels than ``size``.
    """
    return _learnt(tuple(shape), size, low, high, seed)


@functools.lru_cache(maxsize=8)
def _learnt(shape: tuple[int, ...], size: int, low: float, high: float, seed: int) -> Canvas:
    drawn = letters(DRAWN, shape, seed=seed, low=low, high=high).reshape(DRAWN, -1).numpy().astype(np.float64)
    if not 0 < size <= drawn.shape[1]:
        raise DataError(f"{size} components of {drawn.shape[1]} pixels", expected="at most as many as pixels")
    mean = drawn.mean(axis=0)
    spread, directions = np.linalg.eigh((drawn - mean).T @ (drawn - mean) / len(drawn))
    largest = np.argsort(-spread)[:size]
    basis = directions[:, largest].T * np.sqrt(np.maximum(spread[largest], 0.0))[:, None]
    return Canvas(shape, mean.astype(np.float32), basis.astype(np.float32), low, high)
