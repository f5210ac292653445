"""Whole batches out of the first dense layer (Dimitrov et al., "SPEAR", NeurIPS 2024), through convolutions too.

What the first dense layer was given is taken out of its gradient exactly (``sparse_columns``). Where that is not the
image itself but what convolutions made of it, the image is sought of which they make the same: a descent through them
once, not through their gradients. Labels are not needed. A dense layer that sees the pixels sees the same ones in
every local step, so that there several steps do no harm; behind convolutions, which move, they do.
"""

import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from garrison.attacks.privacy.gradient_inversion.first_layer import shown_by_neurons
from garrison.attacks.privacy.gradient_inversion.flags import of_reconstruction
from garrison.attacks.privacy.gradient_inversion.functional import mismatch_of
from garrison.attacks.privacy.gradient_inversion.input_layer import DenseLayer, first_dense_layer
from garrison.attacks.privacy.gradient_inversion.labels import labels_of
from garrison.attacks.privacy.gradient_inversion.result import Reconstructed
from garrison.attacks.privacy.gradient_inversion.seen_features import images_with_features
from garrison.attacks.privacy.gradient_inversion.sparse_columns import TakenApart, taken_apart
from garrison.attacks.privacy.gradient_inversion.update import SeenUpdate
from garrison.attacks.privacy.interface import Floats
from garrison.attacks.privacy.learning_library import learning_library

MOST = 32
"""Examples of one update beyond which sparse directions are not found in any time that is worth it."""
TOLERANCE = 0.02


@dataclass(frozen=True, kw_only=True)
class Spear:
    """Take the inputs of the first dense layer apart, then (behind convolutions) find the images that give them.

    The budget is ``starts`` of the search and ``iterations`` of the descent, ``seconds`` for both. Where the search
    fails, what single neurons show is given instead, and flagged. Raises ``UsageError`` where there is no dense layer
    with offsets.
    """

    name: ClassVar[str] = "spear"
    knowledge: ClassVar[str] = (
        "the weights before and after, and how many examples; a dense layer with offsets and ReLU"
    )

    starts: int = 1_024
    iterations: int = 200
    total_variation: float = 1e-4
    most: int = 100
    seconds: float | None = None

    def run(self, update: SeenUpdate, *, seed: int = 0) -> Reconstructed:
        """The images, in no order."""
        started = time.monotonic()
        with learning_library():
            layer = first_dense_layer(update)
            apart = self._apart(layer, update, seed)
            if apart is not None:
                inputs = apart.inputs
            elif layer.offsets.any():
                slopes, offsets = layer.slopes.astype(np.float64), layer.offsets.astype(np.float64)
                inputs = shown_by_neurons(
                    slopes, offsets, min(update.examples, self.most), *_range(layer, update)
                )
            else:
                inputs = np.zeros((min(update.examples, self.most), layer.slopes.shape[1]))
            images, done = self._images(layer, inputs, update, started, seed)
            alone = update.examples == 1
            labels = labels_of(update, 1) if alone else np.full(len(images), -1, dtype=np.int64)
            mismatch = mismatch_of(update, images, labels) if alone else None
        found = Reconstructed(
            attack=self.name,
            knowledge=self.knowledge,
            images=images,
            labels=labels,
            labels_known=update.labels is not None,
            mismatch=mismatch,
            iterations=done + (0 if apart is None else apart.starts),
            seconds=time.monotonic() - started,
        )
        return of_reconstruction(
            found,
            update,
            cut=self.seconds is not None and found.seconds >= self.seconds,
            one_gradient=not layer.sees_pixels,
            taken_apart=apart is not None,
        )

    def _apart(self, layer: DenseLayer, update: SeenUpdate, seed: int) -> TakenApart | None:
        slopes, offsets = layer.slopes.astype(np.float64), layer.offsets.astype(np.float64)
        if not offsets.any() or update.examples > min(MOST, self.most, len(offsets) // 8):
            return None
        if update.examples == 1:
            return TakenApart((offsets @ slopes)[None] / (offsets @ offsets), 0.0, 1)
        low, high = _range(layer, update)
        return taken_apart(
            slopes,
            offsets,
            update.examples,
            low=low,
            high=high,
            tolerance=TOLERANCE * (update.high - update.low),
            starts=self.starts,
            seconds=None if self.seconds is None else self.seconds / 2,
            seed=seed,
        )

    def _images(
        self, layer: DenseLayer, inputs: Floats, update: SeenUpdate, started: float, seed: int
    ) -> tuple[NDArray[np.float32], int]:
        if layer.sees_pixels:
            rows = np.clip(inputs, update.low, update.high).astype(np.float32)
            return rows.reshape(-1, *update.shape), 0
        until = None if self.seconds is None else started + self.seconds
        return images_with_features(
            update,
            layer.name,
            inputs,
            iterations=self.iterations,
            total=self.total_variation,
            until=until,
            seed=seed,
        )


def _range(layer: DenseLayer, update: SeenUpdate) -> tuple[float, float]:
    """What the inputs of the layer may be: pixels, or what a ReLU lets through."""
    return (update.low, update.high) if layer.sees_pixels else (0.0, float("inf"))
