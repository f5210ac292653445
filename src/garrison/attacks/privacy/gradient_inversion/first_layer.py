"""The first dense layer gives its inputs away (Phong et al., IEEE TIFS 2018; Geiping et al., NeurIPS 2020, prop. 3.1).

A neuron's weights have the gradient δ x and its offset has δ: their ratio is the image x itself. Of a batch, it is
the mean of those images that the neuron answers to, weighted by what flows back from each. Where one alone does, it
is that image whole (Boenisch et al., "When the Curious Abandon Honesty", 2021); several such neurons agree to the
last digit, and mixtures of different signs leave the range of pixels, which is how whole images are known.
"""

import time
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from garrison.attacks.privacy.gradient_inversion.flags import of_reconstruction
from garrison.attacks.privacy.gradient_inversion.functional import mismatch_of
from garrison.attacks.privacy.gradient_inversion.input_layer import input_layer
from garrison.attacks.privacy.gradient_inversion.labels import labels_of
from garrison.attacks.privacy.gradient_inversion.result import Reconstructed
from garrison.attacks.privacy.gradient_inversion.update import SeenUpdate
from garrison.attacks.privacy.interface import Bools, Floats, Ints
from garrison.attacks.privacy.learning_library import learning_library

LEAST_FLOW = 1e-4
"""Neurons with a smaller share of the greatest offset's gradient are too faint to divide by."""
OUTSIDE = 0.05
"""How far, as a share of the range, a whole image may leave the range of pixels."""
ALIKE = 1e-3
"""The mean squared difference, as a share of the squared range, below which two neurons show one image."""


@dataclass(frozen=True, kw_only=True)
class FirstLayer:
    """Divide; exact for one example and one local step.

    Raises ``UsageError`` where no dense layer is first.
    """

    name: ClassVar[str] = "first_layer"
    knowledge: ClassVar[str] = "the weights before and after; the first layer is dense, with offsets"

    most: int = 100

    def run(self, update: SeenUpdate, *, seed: int = 0) -> Reconstructed:  # noqa: ARG002
        """The image of one example, or those that neurons show of several."""
        started = time.monotonic()
        with learning_library():
            layer = input_layer(update)
            slopes, offsets = layer.slopes.astype(np.float64), layer.offsets.astype(np.float64)
            count = min(update.examples, self.most)
            if not offsets.any():
                rows = np.zeros((count, slopes.shape[1]))
            elif count == 1:
                rows = (offsets @ slopes)[None] / (offsets @ offsets)
            else:
                rows = shown_by_neurons(slopes, offsets, count, update.low, update.high)
            images = np.clip(rows, update.low, update.high).astype(np.float32).reshape(-1, *update.shape)
            alone = update.examples == 1
            labels = labels_of(update, 1) if alone else np.full(len(images), -1, dtype=np.int64)
            found = Reconstructed(
                attack=self.name,
                knowledge=self.knowledge,
                images=images,
                labels=labels,
                labels_known=update.labels is not None,
                mismatch=mismatch_of(update, images, labels) if alone else None,
                iterations=1,
                seconds=time.monotonic() - started,
            )
        return of_reconstruction(found, update, cut=False, one_gradient=True)


def shown_by_neurons(slopes: Floats, offsets: Floats, count: int, low: float, high: float) -> Floats:
    """Up to ``count`` different inputs that neurons show: those that several agree on first, then the least outside."""
    enough = np.abs(offsets) >= LEAST_FLOW * np.abs(offsets).max()
    shown = slopes[enough] / offsets[enough, None]
    span = high - low if np.isfinite(high) else max(float(shown.max()), 1e-12) - low
    outside = np.maximum(np.maximum(low - shown, shown - high), 0.0).max(axis=1) / span
    lengths = np.square(shown).sum(axis=1)
    near = lengths[:, None] - 2 * shown @ shown.T + lengths <= ALIKE * span**2 * shown.shape[1]
    agree = (near & (outside <= OUTSIDE)).sum(axis=1)
    order = np.lexsort((outside, -agree))
    return np.asarray(shown[_different(order, near, count)])


def _different(order: Ints, near: Bools, count: int) -> Ints:
    """The first in that order of which none is near another."""
    chosen: list[int] = []
    free = np.ones(len(near), dtype=np.bool_)
    for place in order:
        if free[place] and len(chosen) < count:
            chosen.append(int(place))
            free &= ~near[place]
    return np.array(chosen, dtype=np.int64)
