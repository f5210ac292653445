"""Models made of sums, products and nothing else: what can be worked out on numbers nobody can read.

A circuit is a chain of dense layers and squares over a row's inputs, which are known to stay within bounds. It says how
many multiplications stand one after the other, and how large every number on the way can become.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, cast

import numpy as np
from numpy.typing import NDArray

from garrison.errors import DataError, ModelError

Floats = NDArray[np.float64]

MOST_LAYERS = 16


@dataclass(frozen=True, eq=False)
class Dense:
    """Weighted sums: ``weights`` float64 ``(outputs, inputs)`` and ``bias`` float64 ``(outputs,)``, all finite."""

    weights: Floats
    bias: Floats

    def __post_init__(self) -> None:
        """Refuse parts that do not fit each other."""
        if self.weights.ndim != 2 or self.bias.shape != self.weights.shape[:1] or not self.weights.size:
            raise ModelError(
                f"a layer has weights of shape {self.weights.shape} and a bias of shape {self.bias.shape}",
                expected="(outputs, inputs) and (outputs,)",
            )
        if not np.isfinite(self.weights).all() or not np.isfinite(self.bias).all():
            raise ModelError("a layer has weights that are not finite", remedy="train the model again")

    def __call__(self, rows: Floats) -> Floats:
        """The sums of every row, float64 ``(n, outputs)``."""
        return rows @ self.weights.T + self.bias

    def bound(self, largest: Floats) -> Floats:
        """The largest absolute value of every output when inputs stay within ``largest``."""
        return np.abs(self.weights) @ largest + np.abs(self.bias)


@dataclass(frozen=True)
class Square:
    """Every number times itself: the activation that costs one multiplication."""

    def __call__(self, rows: Floats) -> Floats:
        """The squares, of the same shape."""
        return rows * rows

    def bound(self, largest: Floats) -> Floats:
        """The largest value of every output when inputs stay within ``largest``."""
        return largest * largest


Layer = Dense | Square


@dataclass(frozen=True, eq=False)
class Circuit:
    """Layers in order; ``limits`` float64 ``(inputs,)``: how far from zero each input may be (all above zero).

    >>> circuit = Circuit((Dense(np.array([[1.0, -2.0]]), np.array([0.5])), Square()), limits=np.array([1.0, 1.0]))
    >>> circuit(np.array([[1.0, 0.5]]))
    array([[0.25]])
    >>> circuit.depth, circuit.outputs, [float(each[0]) for each in circuit.bounds()]
    (2, 1, [3.5, 12.25])
    """

    layers: tuple[Layer, ...]
    limits: Floats

    def __post_init__(self) -> None:
        """Refuse layers that do not fit each other."""
        if not self.layers or len(self.layers) > MOST_LAYERS or not isinstance(self.layers[0], Dense):
            raise ModelError(f"a circuit has 1 to {MOST_LAYERS} layers, the first of them dense")
        if self.limits.shape != (self.inputs,) or not (np.isfinite(self.limits) & (self.limits > 0)).all():
            raise ModelError(
                f"the limits of a circuit have shape {self.limits.shape}",
                expected=f"{self.inputs} finite numbers above zero",
            )
        width = self.inputs
        for number, layer in enumerate(self.layers, 1):
            if isinstance(layer, Dense):
                if layer.weights.shape[1] != width:
                    raise ModelError(
                        f"layer {number} takes {layer.weights.shape[1]} numbers and is given {width}",
                        expected="layers that fit each other",
                    )
                width = len(layer.bias)

    @property
    def inputs(self) -> int:
        """How many numbers a row has."""
        return int(cast(Dense, self.layers[0]).weights.shape[1])

    @property
    def outputs(self) -> int:
        """How many numbers come out of a row."""
        return next(len(layer.bias) for layer in reversed(self.layers) if isinstance(layer, Dense))

    @property
    def depth(self) -> int:
        """How many multiplications stand one after the other."""
        return len(self.layers)

    def bounds(self) -> list[Floats]:
        """After every layer, the largest absolute value each number can have for inputs within the limits."""
        largest, found = self.limits, []
        for layer in self.layers:
            largest = layer.bound(largest)
            found.append(largest)
        return found

    def outside(self, rows: Floats) -> NDArray[np.intp]:
        """The places, int ``(k, 2)`` of row and input, where rows are beyond the limits or not numbers."""
        return np.argwhere(~(np.abs(rows) <= self.limits))

    def __call__(self, rows: Floats) -> Floats:
        """The outputs, float64 ``(n, outputs)``, of rows float64 ``(n, inputs)``, worked out in the clear."""
        if rows.ndim != 2 or rows.shape[1] != self.inputs:
            raise DataError(f"rows of shape {rows.shape}", expected=f"shape (n, {self.inputs})")
        for layer in self.layers:
            rows = layer(rows)
        return rows

    def arrays(self) -> dict[str, Floats]:
        """The circuit as arrays by name: ``limits``, and ``weights_i`` and ``bias_i`` of layer i; a square has none."""
        found = {"limits": self.limits}
        for number, layer in enumerate(self.layers):
            if isinstance(layer, Dense):
                found |= {f"weights_{number}": layer.weights, f"bias_{number}": layer.bias}
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Floats], *, layers: int) -> Self:
        """The circuit of so many layers that ``arrays`` gave; ``KeyError`` or ``ModelError`` when it is none."""
        if not 1 <= layers <= MOST_LAYERS:
            raise ModelError(f"a circuit of {layers} layers", expected=f"1 to {MOST_LAYERS}")
        made: list[Layer] = []
        for number in range(layers):
            dense = f"weights_{number}" in arrays
            made.append(Dense(arrays[f"weights_{number}"], arrays[f"bias_{number}"]) if dense else Square())
        return cls(tuple(made), arrays["limits"])
