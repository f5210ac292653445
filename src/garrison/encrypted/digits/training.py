"""A network of squares that reads handwritten digits: trained in the clear, to be asked encrypted.

The layers are those of Gilad-Bachrach and others (2016), CryptoNets: five 5 x 5 filters at every second pixel, squares,
100 weighted sums, squares, 10 weighted sums. What is trained here is new: the steps, the augmentation and the choice.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from garrison.detection.circuit import Circuit, Dense, Square
from garrison.encrypted.digits.filters import SIDE, spread
from garrison.encrypted.digits.torch_extra import need_torch
from garrison.encrypted.parameters import Parameters
from garrison.errors import DataError
from garrison.spread import torch_threads

FILTERS, HIDDEN, DIGITS = 5, 100, 10
BATCH, RATE, DECAY, LONGEST_STEP, MOST_SHIFT = 128, 2e-3, 2e-3, 1.0, 1

MOST_OUTPUT = 2.0**15
"""How large the outputs may become at worst: the largest of them names the digit, whatever their unit is."""
PARAMETERS = Parameters(degree=8192, bits=(44, 26, 26, 26, 26, 26, 44), scale_bits=26)
"""The encryption that such a circuit fits: 4,096 pictures at once."""

Pixels = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class DigitReader:
    """The circuit, and how it did on the pictures that were kept aside to choose the epoch."""

    circuit: Circuit
    epoch: int
    accuracy: float


def train_digits(
    pictures: Pixels,
    digits: Labels,
    *,
    epochs: int = 20,
    held_out: int = 5_000,
    seed: int = 0,
    after_epoch: Callable[[int, float], None] = lambda *_: None,
) -> DigitReader:
    """Train on ``pictures`` float32 ``(n, 28, 28)`` in [0, 1] and ``digits`` int64 ``(n,)`` from 0 to 9.

    The last ``held_out`` of a draw by the seed are not learnt from: the network is as it was after the epoch at which
    it read most of them. PyTorch works on one thread; about 4 s an epoch for MNIST on one core. ``after_epoch`` is told
    the number of each epoch and its accuracy. Raises ``DataError`` for other shapes, ``UsageError`` without PyTorch.
    """
    if pictures.ndim != 3 or pictures.shape[1:] != (SIDE, SIDE) or digits.shape != pictures.shape[:1]:
        raise DataError(
            f"pictures of shape {pictures.shape} and digits of shape {digits.shape}",
            expected=f"(n, {SIDE}, {SIDE}) and (n,)",
        )
    if not 0 < held_out < len(pictures):
        raise DataError(f"{held_out} of {len(pictures)} pictures are held out", expected="some, and not all")
    torch = need_torch()
    with torch_threads():
        return _trained(torch, pictures, digits, epochs, held_out, seed, after_epoch)


def _trained(
    torch: Any,
    pictures: Pixels,
    digits: Labels,
    epochs: int,
    held_out: int,
    seed: int,
    after_epoch: Callable[[int, float], None],
) -> DigitReader:
    order = np.random.default_rng(seed).permutation(len(pictures))
    learnt, aside = order[:-held_out], order[-held_out:]
    x, y = torch.from_numpy(pictures), torch.from_numpy(digits)
    parts = _start(torch, seed)
    optimiser = torch.optim.AdamW(parts, lr=RATE, weight_decay=DECAY)
    steps = epochs * -(-len(learnt) // BATCH)
    falling = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=RATE, total_steps=steps, pct_start=0.1)
    draw = torch.Generator().manual_seed(seed)
    best, kept, when = -1.0, [part.detach().clone() for part in parts], 0
    for epoch in range(1, epochs + 1):
        mixed = torch.from_numpy(learnt)[torch.randperm(len(learnt), generator=draw)]
        for some in mixed.split(BATCH):
            optimiser.zero_grad()
            said = _forward(torch, parts, _shifted(torch, x[some], draw))
            torch.nn.functional.cross_entropy(said, y[some], label_smoothing=0.05).backward()
            torch.nn.utils.clip_grad_norm_(parts, LONGEST_STEP)
            optimiser.step()
            falling.step()
        with torch.no_grad():
            found = float((_forward(torch, parts, x[aside]).argmax(1) == y[aside]).float().mean())
        after_epoch(epoch, found)
        if found > best:
            best, kept, when = found, [part.detach().clone() for part in parts], epoch
    return DigitReader(_circuit([part.double().numpy() for part in kept]), when, best)


def _start(torch: Any, seed: int) -> list[Any]:
    """Small weights, so that squares of squares begin near zero."""
    draw = torch.Generator().manual_seed(seed + 1)
    shapes = [(FILTERS, 1, 5, 5), (FILTERS,), (HIDDEN, FILTERS * 169), (HIDDEN,), (DIGITS, HIDDEN), (DIGITS,)]
    sizes = [0.2, 0.1, (FILTERS * 169) ** -0.5, 0.1, 0.1, 0.0]
    return [
        (torch.randn(shape, generator=draw) * size).requires_grad_()
        for shape, size in zip(shapes, sizes, strict=True)
    ]


def _forward(torch: Any, parts: list[Any], pictures: Any) -> Any:
    filters, start, first, first_bias, last, last_bias = parts
    seen = torch.nn.functional.conv2d(pictures[:, None], filters, start, stride=2, padding=1)
    hidden = (seen**2).flatten(1) @ first.T + first_bias
    return hidden**2 @ last.T + last_bias


def _shifted(torch: Any, pictures: Any, draw: Any) -> Any:
    """Each batch moved by up to ``MOST_SHIFT`` pixels, as hands do."""
    down, right = torch.randint(-MOST_SHIFT, MOST_SHIFT + 1, (2,), generator=draw).tolist()
    return torch.roll(pictures, (down, right), dims=(1, 2))


def _circuit(parts: list[Any]) -> Circuit:
    filters, start, first, first_bias, last, last_bias = parts
    layers = (
        spread(filters[:, 0], start),
        Square(),
        Dense(first, first_bias),
        Square(),
        Dense(last, last_bias),
    )
    circuit = Circuit(layers, limits=np.ones(SIDE * SIDE))
    smaller = min(1.0, 2.0 ** np.floor(np.log2(MOST_OUTPUT / circuit.bounds()[-1].max())))
    return Circuit((*layers[:-1], Dense(last * smaller, last_bias * smaller)), circuit.limits)
