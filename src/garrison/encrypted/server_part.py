"""The server's part of a prepared detector: the circuit and the terms; nothing of the schema or the threshold.

::

    manifest.json      the terms and the kinds of the layers; digest and size of each file
    manifest.sha256    the digest of the manifest
    circuit.npz        the weights
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from garrison.detection.circuit import MOST_LAYERS, Circuit, Dense
from garrison.detection.families.arrays import pack_arrays, unpack_arrays
from garrison.encrypted.part_folder import read_part, write_part
from garrison.encrypted.terms import Terms, digest_of
from garrison.errors import ModelError

KIND = "the server's part"
CIRCUIT = "circuit.npz"


@dataclass(frozen=True)
class ServerPart:
    """What a server needs: make a ``Server`` of it."""

    circuit: Circuit
    terms: Terms

    def save(self, folder: Path) -> str:
        """Write it, whole or not at all; gives the digest that names its content."""
        layers = ["dense" if isinstance(layer, Dense) else "square" for layer in self.circuit.layers]
        facts = {"terms": self.terms.to_dict(), "layers": layers}
        return write_part(folder, KIND, facts, {CIRCUIT: pack_arrays(self.circuit.arrays())})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The part in ``folder``, every byte of it verified before any is looked into.

        ``IntegrityError`` for a changed file, ``ModelError`` for what is no server's part.
        """
        return read_part(folder, KIND, cls._read)

    @classmethod
    def _read(cls, facts: dict[str, object], files: dict[str, bytes]) -> Self:
        terms, layers = Terms.from_dict(facts["terms"]), facts["layers"]  # type: ignore[arg-type]
        if not isinstance(layers, list) or len(layers) > MOST_LAYERS or {*layers} - {"dense", "square"}:
            raise ValueError("layers that are not known")
        expected = {"limits": ("<f8", 1)}
        for number, kind in enumerate(layers):
            if kind == "dense":
                expected |= {f"weights_{number}": ("<f8", 2), f"bias_{number}": ("<f8", 1)}
        circuit = Circuit.from_arrays(unpack_arrays(files[CIRCUIT], expected), layers=len(layers))
        if digest_of(circuit, terms.parameters) != terms.model:
            raise ModelError("the circuit is not the one of the terms", remedy="prepare the detector again")
        return cls(circuit, terms)
