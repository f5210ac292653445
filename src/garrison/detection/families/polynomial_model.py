"""Models of sums and products: what a scorer can work out on rows it cannot read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np

from garrison.detection.circuit import MOST_LAYERS, Circuit, Dense
from garrison.detection.families import bounded_encoding
from garrison.detection.families.arrays import pack_arrays, unpack_arrays
from garrison.detection.families.base import Files, Floats, Model
from garrison.detection.families.bounded_encoding import BoundedEncoding
from garrison.files import canonical_json

ENCODING_FILE = "encoding.npz"
CIRCUIT_FILE = "circuit.npz"
LAYERS_FILE = "layers.json"
DENSE, SQUARE = "dense", "square"


@dataclass(frozen=True)
class PolynomialModel(Model):
    """An encoding into bounded inputs, a circuit of one output, and the probability with that output as log-odds.

    The plain score and the encrypted one are the same function: inputs are clipped to the circuit's limits in both.
    """

    encoding: BoundedEncoding
    circuit: Circuit

    def __post_init__(self) -> None:
        """Refuse parts that do not fit each other."""
        if self.circuit.inputs != self.encoding.inputs or self.circuit.outputs != 1:
            raise ValueError("the circuit does not fit the encoding")

    @property
    def features(self) -> int:  # type: ignore[override]
        """How many features a row has before it is encoded."""
        return self.encoding.features

    def inputs(self, X: Floats) -> Floats:
        """What the circuit is given of rows that have been checked, float64 ``(n, inputs)``, within its limits."""
        return np.clip(self.encoding.apply(X), -self.circuit.limits, self.circuit.limits)

    def link(self, outputs: Floats) -> Floats:
        """The probabilities, float64 ``(n,)``, of what came out of the circuit: log-odds, float64 ``(n, 1)``."""
        from scipy.special import expit

        return np.asarray(expit(outputs[:, 0]))

    def _score(self, X: Floats) -> Floats:
        return self.link(self.circuit(self.inputs(X)))

    def files(self) -> Files:
        """A file of arrays for the encoding, one for the circuit, and the kinds of its layers."""
        kinds = [DENSE if isinstance(layer, Dense) else SQUARE for layer in self.circuit.layers]
        return {
            ENCODING_FILE: pack_arrays(self.encoding.arrays()),
            CIRCUIT_FILE: pack_arrays(self.circuit.arrays()),
            LAYERS_FILE: canonical_json({"inputs": self.circuit.inputs, "layers": kinds}).encode(),
        }

    @classmethod
    def _from_files(cls, files: Mapping[str, bytes]) -> Self:
        return cls(encoding=_encoding_in(files), circuit=_circuit_in(files))


def _encoding_in(files: Mapping[str, bytes]) -> BoundedEncoding:
    return BoundedEncoding.from_arrays(unpack_arrays(files[ENCODING_FILE], bounded_encoding.EXPECTED))


def _circuit_in(files: Mapping[str, bytes]) -> Circuit:
    facts = json.loads(files[LAYERS_FILE])
    kinds = facts["layers"]
    if not isinstance(kinds, list) or len(kinds) > MOST_LAYERS or {*kinds} - {DENSE, SQUARE}:
        raise ValueError("layers that are not known")
    expected: dict[str, tuple[str, int]] = {"limits": ("<f8", 1)}
    for number, kind in enumerate(kinds):
        if kind == DENSE:
            expected |= {f"weights_{number}": ("<f8", 2), f"bias_{number}": ("<f8", 1)}
    circuit = Circuit.from_arrays(unpack_arrays(files[CIRCUIT_FILE], expected), layers=len(kinds))
    if circuit.inputs != facts["inputs"]:
        raise ValueError("the circuit takes other inputs")
    return circuit
