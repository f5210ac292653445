"""Which models can score rows they cannot read: those that are a circuit between an encoding and a link."""

import dataclasses
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np

from garrison.detection.circuit import Circuit, Dense, Floats
from garrison.detection.families.base import Files, Model
from garrison.errors import ModelError


@runtime_checkable
class Encryptable(Protocol):
    """``inputs`` makes rows bounded numbers, ``circuit`` these outputs, and ``link`` outputs probabilities."""

    circuit: Circuit
    features: int

    def inputs(self, X: Floats) -> Floats:
        """What the circuit is given of rows float64 ``(n, features)``: float64 ``(n, inputs)``, within its limits."""

    def link(self, outputs: Floats) -> Floats:
        """The probabilities, float64 ``(n,)``, that outputs float64 ``(n, outputs)`` stand for."""

    def files(self) -> Files:
        """The saved form."""


def encryptable(model: Model, *, family: str) -> Encryptable:
    """The same model, if it is one; ``ModelError`` names families that are."""
    if isinstance(model, Encryptable):
        return model
    raise ModelError(
        f"a model of the family {family} cannot score encrypted rows",
        expected="a model of sums and products: " + ", ".join(_families()),
        remedy="garrison train --model-type encrypted_logistic",
    )


def without_weights(model: Encryptable) -> Encryptable:
    """The model with nothing in its circuit: what its encoding and its link need, and nothing the server keeps."""
    circuit = model.circuit
    nothing = Dense(np.zeros((circuit.outputs, circuit.inputs)), np.zeros(circuit.outputs))
    blank = dataclasses.replace(cast(Any, model), circuit=Circuit((nothing,), circuit.limits))
    return cast(Encryptable, blank)


def _families() -> list[str]:
    from garrison.detection.families import FAMILIES

    return [name for name, family in FAMILIES.items() if hasattr(family.model, "inputs")]
