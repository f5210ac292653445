"""What both client and server know of a prepared model: its shape, and how it is encrypted; no weight of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from garrison.detection.circuit import Circuit, Dense, Square
from garrison.encrypted.choosing import check_fit, parameters_for
from garrison.encrypted.parameters import Parameters
from garrison.encrypted.precision import block_of, expected_error, is_linear
from garrison.encrypted.seal import Seal, seal_for
from garrison.encrypted.simplified import simplified
from garrison.errors import ModelError
from garrison.files import sha256_of_json


@dataclass(frozen=True)
class Terms:
    """The model of digest ``model`` takes ``inputs`` numbers a row and gives ``outputs``.

    ``squares`` says whether it needs the keys for squares, ``linear`` whether the inputs of a row may share a
    ciphertext. Outputs are ``scale`` times what they mean, at most ``largest`` from zero, and off by about ``error``.
    """

    model: str
    parameters: Parameters
    inputs: int
    outputs: int
    squares: bool
    linear: bool
    scale: float
    largest: float
    error: float

    @property
    def block(self) -> int:
        """How many slots a row takes where its inputs share a ciphertext; 1 where they do not."""
        return block_of(self.inputs) if self.linear else 1

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**vars(self), "parameters": self.parameters.to_dict()}

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        """What ``to_dict`` gave; ``ModelError`` for anything else."""
        kinds = {
            "model": str,
            "inputs": int,
            "outputs": int,
            "squares": bool,
            "linear": bool,
            "scale": float,
            "largest": float,
            "error": float,
        }
        if set(facts) != {*kinds, "parameters"} or any(
            type(facts[name]) is not kind for name, kind in kinds.items()
        ):
            raise ModelError("these are no terms of encrypted scoring", remedy="prepare the model again")
        found = cls(**{**facts, "parameters": Parameters.from_dict(facts["parameters"])})
        if not 1 <= found.block <= found.parameters.slots or found.outputs < 1 or found.scale <= 0:
            raise ModelError("the terms contradict each other", remedy="prepare the model again")
        return found


def terms_for(circuit: Circuit, parameters: Parameters | None = None) -> Terms:
    """The terms on which ``circuit`` is worked out encrypted, with parameters that are chosen for it if none are given.

    ``ModelError`` when the circuit is too deep or its numbers are too large, and when an output is the same for all.
    """
    worked_out = simplified(circuit)
    if parameters is None:
        parameters = parameters_for(worked_out)
    check_fit(worked_out, parameters)
    worked_out = simplified(circuit, smallest=1 / parameters.scale)
    return Terms(
        model=digest_of(circuit, parameters),
        parameters=parameters,
        inputs=circuit.inputs,
        outputs=circuit.outputs,
        squares=any(isinstance(layer, Square) for layer in circuit.layers),
        linear=is_linear(circuit) and block_of(circuit.inputs) <= parameters.slots,
        scale=_scale_of_outputs(circuit, seal_for(parameters)),
        largest=float(circuit.bounds()[-1].max()),
        error=float(
            expected_error(worked_out, degree=parameters.degree, scale_bits=parameters.scale_bits).max()
        ),
    )


def digest_of(circuit: Circuit, parameters: Parameters) -> str:
    """The SHA-256 of a circuit and its parameters: what both sides call the model."""
    arrays = {name: [list(array.shape), array.ravel().tolist()] for name, array in circuit.arrays().items()}
    return sha256_of_json(
        {"parameters": parameters.to_dict(), "layers": len(circuit.layers), "arrays": arrays}
    )


def _scale_of_outputs(circuit: Circuit, seal: Seal) -> float:
    """Weighted sums are brought back to the parameters' scale; squares are left where one prime takes them."""
    scale = seal.parameters.scale
    for level, layer in zip(range(len(seal.primes) - 1, 0, -1), circuit.layers, strict=False):
        scale = seal.parameters.scale if isinstance(layer, Dense) else scale**2 / seal.primes[level]
    return scale
