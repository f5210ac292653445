"""The parameters that fit a circuit: the smallest safe ring in which its largest numbers fit and its noise stays small.

The only place that says no to a model that is too deep or too large, before anybody has encrypted anything.
"""

import math

import numpy as np

from garrison.detection.circuit import Circuit, Floats, Square
from garrison.encrypted.parameters import MOST_BITS, PRIME_BITS, Parameters
from garrison.encrypted.precision import bounds_of, expected_error
from garrison.errors import ModelError

TOLERANCE = 2e-4
"""What an output may be off by, as a standard deviation, unless something else is asked for."""
MOST_SCALE = 45
LEAST_SCALE = 22


def parameters_for(circuit: Circuit, *, tolerance: float = TOLERANCE) -> Parameters:
    """The parameters with which ``circuit`` is worked out on encrypted rows, each output within ``tolerance``.

    ``tolerance`` is a standard deviation in the units of the outputs, at inputs as far out as their limits allow.
    ``ModelError`` where no safe ring holds the circuit; it says which layer asks for too much.

    >>> from garrison.detection.circuit import Dense
    >>> line = Circuit((Dense(np.ones((1, 30)), np.zeros(1)),), limits=np.full(30, 4.0))
    >>> parameters_for(line)
    Parameters(degree=4096, bits=(39, 30, 39), scale_bits=30)
    """
    for degree, most in MOST_BITS.items():
        scale_bits = _longest_scale(circuit, most)
        if scale_bits < LEAST_SCALE:
            continue
        if expected_error(circuit, degree=degree, scale_bits=scale_bits).max() <= tolerance:
            first = scale_bits + _headroom(circuit, scale_bits)
            return Parameters(degree, (first, *[scale_bits] * circuit.depth, first), scale_bits)
    raise _too_much(circuit, tolerance)


def check_fit(circuit: Circuit, parameters: Parameters) -> None:
    """Raise ``ModelError`` when ``circuit`` has too many layers or too large numbers for ``parameters``."""
    if circuit.depth > parameters.multiplications:
        raise ModelError(
            f"layer {parameters.multiplications + 1} of {circuit.depth} is one multiplication too many",
            where=_kind(circuit, parameters.multiplications),
            expected=f"{parameters.multiplications} layers at most with these parameters",
            remedy="let the parameters be chosen for the model, or take fewer layers",
        )
    for number, bound in enumerate(bounds_of(circuit)):
        left = circuit.depth - 1 - number
        room = parameters.headroom * 2.0 ** sum(parameters.bits[1 : left + 1])
        if not bound.max() <= room:
            raise ModelError(
                f"layer {number + 1} can reach {bound.max():.3g}, and {room:.3g} is where numbers wrap around",
                where=_kind(circuit, number),
                expected="numbers that fit the parameters",
                remedy="let the parameters be chosen for the model, or make its weights or limits smaller",
            )


def _headroom(circuit: Circuit, scale_bits: int) -> int:
    """Bits above the scale that the first prime needs: for the outputs, and for what stands before them."""
    needed = 0.0
    for number, bound in enumerate(bounds_of(circuit)):
        needed = max(needed, _log2(bound) - scale_bits * (circuit.depth - 1 - number))
    return 2 + max(1, math.ceil(min(needed, 2 * PRIME_BITS[1]) + 1e-9))


def _longest_scale(circuit: Circuit, most: int) -> int:
    """The longest scale for which first prime, one prime a layer and the keys' prime stay within ``most`` bits."""
    for scale_bits in range(MOST_SCALE, LEAST_SCALE - 1, -1):
        first = scale_bits + _headroom(circuit, scale_bits)
        if first <= PRIME_BITS[1] and 2 * first + circuit.depth * scale_bits <= most:
            return scale_bits
    return 0


def _log2(bound: Floats) -> float:
    largest = float(np.max(bound))
    return math.log2(largest) if 0 < largest < math.inf else (math.inf if largest else 0.0)


def _too_much(circuit: Circuit, tolerance: float) -> ModelError:
    largest = max(range(circuit.depth), key=lambda number: _log2(bounds_of(circuit)[number]))
    bound = float(bounds_of(circuit)[largest].max())
    exact = min(expected_error(circuit, degree=each, scale_bits=MOST_SCALE).max() for each in MOST_BITS)
    return ModelError(
        f"no safe parameters hold this model: {circuit.depth} layers, numbers up to {bound:.3g},"
        f" off by {exact:.2g} at best",
        where=f"the largest numbers come from {_kind(circuit, largest)}",
        expected=f"results within {tolerance:g}, in rings of degree {max(MOST_BITS)} at most",
        remedy="take fewer or narrower layers, smaller limits of the inputs, or a larger tolerance",
    )


def _kind(circuit: Circuit, number: int) -> str:
    layer = circuit.layers[number]
    return f"layer {number + 1} of {circuit.depth} ({'squares' if isinstance(layer, Square) else 'weighted sums'})"
