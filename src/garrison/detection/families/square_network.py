"""Networks whose only activation is the square, trained so that they stay small: what encryption can work out.

A square grows without bound and so does its slope. What keeps training steady: inputs in [-1, 1], a start from the
log-odds of the base rate, steps of bounded length (Pascanu et al. 2013), decay of the weights apart from the loss
(AdamW, Loshchilov and Hutter 2019), and a learning rate that falls to zero.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from garrison.detection.circuit import Circuit, Dense, Layer, Square
from garrison.detection.families.base import Floats

LONGEST_STEP = 1.0
BETAS = (0.9, 0.999)


@dataclass
class SquareNetwork:
    """Dense layers with squares between them; ``layers`` are pairs of weights ``(out, in)`` and bias ``(out,)``."""

    layers: list[tuple[Floats, Floats]]

    @classmethod
    def new(cls, inputs: int, hidden: Sequence[int], *, start: float, seed: int) -> "SquareNetwork":
        """A network that says ``start`` log-odds of every row; hidden units are drawn from the seed."""
        if any(isinstance(units, bool) or not isinstance(units, int) or units < 1 for units in hidden):
            raise ValueError(f"layers is {list(hidden)!r}, not numbers of units from 1")
        if not hidden:
            raise ValueError("layers is empty: a network has at least one layer of hidden units")
        draw = np.random.default_rng(np.random.SeedSequence([seed, 3]))
        layers, width = [], inputs
        for units in hidden:
            layers.append((draw.normal(0.0, width**-0.5, (units, width)), draw.uniform(-0.5, 0.5, units)))
            width = units
        layers.append((np.zeros((1, width)), np.array([start])))
        return cls(layers)

    def outputs(self, rows: Floats) -> Floats:
        """The log-odds of rows, float64 ``(n,)``."""
        return self._forward(rows)[-1][:, 0]

    def _forward(self, rows: Floats) -> list[Floats]:
        sums: list[Floats] = []
        for weights, bias in self.layers:
            sums.append((rows if not sums else sums[-1] ** 2) @ weights.T + bias)
        return sums

    def slopes(self, rows: Floats, targets: Floats, counts: Floats) -> list[tuple[Floats, Floats]]:
        """How the mean cross-entropy with ``targets`` in [0, 1], each row counted so often, changes with each layer."""
        from scipy.special import expit

        sums = self._forward(rows)
        back = ((expit(sums[-1][:, 0]) - targets) * counts / len(rows)).reshape(-1, 1)
        found: list[tuple[Floats, Floats]] = []
        for place in range(len(self.layers) - 1, -1, -1):
            seen = rows if place == 0 else sums[place - 1] ** 2
            found.append((back.T @ seen, back.sum(axis=0)))
            if place:
                back = (back @ self.layers[place][0]) * (2.0 * sums[place - 1])
        return found[::-1]

    def circuit(self) -> Circuit:
        """The network over inputs in [-1, 1]."""
        made: list[Layer] = []
        for weights, bias in self.layers:
            made += [*([Square()] if made else []), Dense(weights, bias)]
        return Circuit(tuple(made), limits=np.ones(self.layers[0][0].shape[1]))

    def copy(self) -> "SquareNetwork":
        """The network as it is now."""
        return SquareNetwork([(weights.copy(), bias.copy()) for weights, bias in self.layers])


@dataclass
class Adam:
    """The state of AdamW over a network's layers."""

    network: SquareNetwork
    decay: float
    steps: int = 0
    means: list[Floats] = field(default_factory=list)
    squares: list[Floats] = field(default_factory=list)

    def step(self, slopes: list[tuple[Floats, Floats]], rate: float) -> None:
        """One step down ``slopes``, cut to ``LONGEST_STEP`` in length; weights, but no bias, decay."""
        flat = [part for layer in slopes for part in layer]
        length = float(np.sqrt(sum(float((part**2).sum()) for part in flat)))
        if not np.isfinite(length):
            raise ValueError("training diverged: take a smaller learning_rate or a larger decay")
        if not self.means:
            self.means, self.squares = (
                [np.zeros_like(part) for part in flat],
                [np.zeros_like(part) for part in flat],
            )
        self.steps += 1
        first, second = BETAS
        correction = np.sqrt(1 - second**self.steps) / (1 - first**self.steps)
        shorter = min(1.0, LONGEST_STEP / max(length, 1e-30))
        for number, part in enumerate(part for layer in self.network.layers for part in layer):
            slope, mean, square = flat[number] * shorter, self.means[number], self.squares[number]
            mean[...] = first * mean + (1 - first) * slope
            square[...] = second * square + (1 - second) * slope**2
            kept = 1.0 - rate * self.decay if part.ndim == 2 else 1.0
            part[...] = kept * part - rate * correction * mean / (np.sqrt(square) + 1e-8)


def train_squares(
    network: SquareNetwork,
    rows: Floats,
    targets: Floats,
    counts: Floats,
    *,
    epochs: int,
    batch: int,
    learning_rate: float,
    decay: float,
    seed: int,
    after_epoch: Callable[[SquareNetwork], bool] = lambda _: False,
) -> None:
    """Fit to ``targets`` in [0, 1] of ``rows`` ``(n, d)``, in place, until ``after_epoch`` says that it is enough.

    ``counts`` ``(n,)`` average 1. Raises ``ValueError`` when training diverges, or for numbers that make no sense.
    """
    for name, number in (("epochs", epochs), ("batch", batch)):
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            raise ValueError(f"{name} is {number!r}, not a number from 1")
    if not 0 < learning_rate <= 1 or not 0 <= decay <= 10:
        raise ValueError(f"learning_rate {learning_rate!r} or decay {decay!r} is out of range")
    adam = Adam(network, decay=decay)
    draw = np.random.default_rng(np.random.SeedSequence([seed, 4]))
    total = epochs * -(-len(rows) // batch)
    for _ in range(epochs):
        order = draw.permutation(len(rows))
        for begin in range(0, len(rows), batch):
            some = order[begin : begin + batch]
            rate = learning_rate * 0.5 * (1 + np.cos(np.pi * adam.steps / total))
            with np.errstate(over="ignore", invalid="ignore"):
                adam.step(network.slopes(rows[some], targets[some], counts[some]), rate)
        if after_epoch(network):
            break
