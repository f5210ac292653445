"""A circuit without its dead parts: numbers that are the same for every row become part of what comes after them."""

import numpy as np
from numpy.typing import NDArray

from garrison.detection.circuit import Circuit, Dense, Floats, Layer
from garrison.errors import ModelError


def simplified(circuit: Circuit, *, smallest: float = 0.0) -> Circuit:
    """The same circuit, in which every number depends on the row, and something depends on it.

    Weights of an absolute value below ``smallest`` count as zero. ``ModelError`` when an output is the same for every
    row, as there would be nothing to encrypt.

    >>> first = Dense(np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([0.0, 3.0]))
    >>> small = simplified(Circuit((first, Dense(np.array([[2.0, 1.0]]), np.zeros(1))), limits=np.ones(2)))
    >>> small.layers[0].weights.shape, small.layers[1].bias
    ((1, 2), array([3.]))
    """
    layers = [_without_small(layer, smallest) for layer in circuit.layers]
    layers = _without_unused(_without_constant(layers))
    return Circuit(tuple(layers), circuit.limits)


def _without_small(layer: Layer, smallest: float) -> Layer:
    if not isinstance(layer, Dense):
        return layer
    return Dense(np.where(np.abs(layer.weights) < smallest, 0.0, layer.weights), layer.bias)


def _without_constant(layers: list[Layer]) -> list[Layer]:
    """Numbers that no input reaches go into the bias of the next weighted sums."""
    found: list[Layer] = []
    constant: Floats | None = None
    varies: NDArray[np.bool_] = np.empty(0, dtype=np.bool_)
    last = max(number for number, layer in enumerate(layers) if isinstance(layer, Dense))
    for number, layer in enumerate(layers):
        if not isinstance(layer, Dense):
            constant = None if constant is None else layer(constant)
            found.append(layer)
            continue
        weights, bias = layer.weights, layer.bias
        if constant is not None:
            bias = bias + weights[:, ~varies] @ constant
            weights = weights[:, varies]
        varies = _any(weights, axis=1)
        if not varies.any() or (number == last and not varies.all()):
            raise ModelError(
                f"output {int(np.flatnonzero(~varies)[0]) + 1} of layer {number + 1} is the same for every row",
                expected="a model that depends on its inputs",
                remedy="train the model again",
            )
        constant = bias[~varies]
        found.append(Dense(weights[varies], bias[varies]))
    return found


def _without_unused(layers: list[Layer]) -> list[Layer]:
    """Numbers that nothing after them looks at are not worked out."""
    used: NDArray[np.bool_] | None = None
    found: list[Layer] = []
    for number, layer in reversed(list(enumerate(layers))):
        if isinstance(layer, Dense):
            weights = layer.weights if used is None else layer.weights[used]
            bias = layer.bias if used is None else layer.bias[used]
            used = _any(weights, axis=0)
            if number:
                weights = weights[:, used]
            found.append(Dense(weights, bias))
        else:
            found.append(layer)
    return found[::-1]


def _any(weights: Floats, *, axis: int) -> NDArray[np.bool_]:
    return np.asarray((weights != 0).any(axis=axis), dtype=np.bool_)
