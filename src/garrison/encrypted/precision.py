"""How exact an encrypted result is: the noise that every step of a circuit adds, worked out before any is run.

Noise is given as the standard deviation of what a number is off by, in the units of the number itself. Every step is
taken at its worst: numbers as large as their bounds. The steps are told apart as by Costache and others (2022),
On the precision loss in approximate homomorphic encryption.
"""

import math

import numpy as np

from garrison.detection.circuit import Circuit, Dense, Floats

DEVIATION = 3.2
"""The standard deviation of the noise that encryption itself adds to a coefficient."""


def expected_error(circuit: Circuit, *, degree: int, scale_bits: int) -> Floats:
    """What each output is off by, as a standard deviation, float64 ``(outputs,)``; the plain result is off by 0.

    >>> line = Circuit((Dense(np.ones((1, 30)), np.zeros(1)),), limits=np.full(30, 4.0))
    >>> bool(expected_error(line, degree=4096, scale_bits=32)[0] < 1e-4)
    True
    """
    scale = 2.0**scale_bits
    rounding = degree / math.sqrt(18) / scale
    three_parts = degree**1.5 / math.sqrt(27) / scale
    largest = circuit.limits
    error = np.full(circuit.inputs, math.sqrt(degree * (DEVIATION**2 + 1 / 12)) / scale)
    bounds = bounds_of(circuit)
    with np.errstate(over="ignore", invalid="ignore"):
        for place, layer in enumerate(circuit.layers):
            if isinstance(layer, Dense):
                of_weights = float(np.sum(largest)) / (2 * scale)
                error = np.sqrt(layer.weights**2 @ error**2 + of_weights**2 + rounding**2)
            else:
                of_square = three_parts if relinearised_late(circuit, place) else 2 * rounding
                error = np.hypot(2 * largest * error, of_square)
            largest = bounds[place]
        if is_linear(circuit):
            error = np.hypot(error, _error_of_rotations(degree, block_of(circuit.inputs)) / scale)
        return np.asarray(np.nan_to_num(error, nan=np.inf, posinf=np.inf))


def _error_of_rotations(degree: int, block: int) -> float:
    """What log2 ``block`` rotations add to a row's mean over its slots, of the row that is off the most.

    A rotation multiplies its key's noise by numbers from 0 to a prime, not by numbers around 0. Their mean is the same
    polynomial each time, large where the root of unity is next to 1: in the first slot, by degree / pi. The first
    rotation's share reaches half of the row's slots, the next one's a quarter, and so on. It stays as long as the keys.
    """
    anywhere = 1.5 * degree * math.sqrt(block)
    in_first_slot = DEVIATION * degree**1.5 / (math.pi * math.sqrt(2))
    return math.hypot(anywhere, in_first_slot * math.sqrt((1 - 1 / block**2) / 3))


def relinearised_late(circuit: Circuit, place: int) -> bool:
    """Whether it is the sums behind the squares at ``place`` that are relinearised, as they are fewer."""
    after = circuit.layers[place + 1] if place + 1 < circuit.depth else None
    return isinstance(after, Dense) and after.weights.shape[0] < after.weights.shape[1]


def bounds_of(circuit: Circuit) -> list[Floats]:
    """After every layer, how far from zero each number can be; infinity where no float is as large."""
    with np.errstate(over="ignore", invalid="ignore"):
        return [np.nan_to_num(bound, nan=np.inf, posinf=np.inf) for bound in circuit.bounds()]


def is_linear(circuit: Circuit) -> bool:
    """Whether it is one weighted sum, whose inputs may share a ciphertext."""
    return len(circuit.layers) == 1 and circuit.outputs == 1


def block_of(inputs: int) -> int:
    """The power of two that so many inputs are filled up to.

    >>> block_of(30), block_of(1)
    (32, 1)
    """
    return 1 << max(0, inputs - 1).bit_length()
