"""Rows in the clear to outputs in the clear, by a server that sees neither: encrypt, send, decrypt."""

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from garrison.detection.circuit import Floats
from garrison.encrypted.client import Client
from garrison.encrypted.key_store import UnknownKeys
from garrison.encrypted.messages import EncryptedOutputs, EncryptedRows, EvaluationKeys


class Scorer(Protocol):
    """What works on encrypted rows: a ``Server``, or a ``RemoteServer`` by its URL."""

    def accept(self, keys: EvaluationKeys) -> str:
        """Take evaluation keys; gives their fingerprint."""

    def score(self, rows: EncryptedRows) -> EncryptedOutputs:
        """What the model makes of the rows."""


def asker(client: Client, scorer: Scorer, limits: Floats) -> Callable[[Floats], Floats]:
    """A function from inputs float64 ``(n, inputs)`` to outputs float64 ``(n, outputs)``, asked of ``scorer``.

    Keys are sent where the scorer does not know them, or no longer.
    """

    def ask(inputs: Floats) -> Floats:
        found = []
        for some in parts_of(inputs, client):
            rows = client.encrypt(some, limits)
            try:
                outputs = scorer.score(rows)
            except UnknownKeys:
                scorer.accept(client.evaluation_keys())
                outputs = scorer.score(rows)
            found.append(client.decrypt(outputs, rows))
        return np.vstack(found) if found else np.empty((0, client.terms.outputs))

    return ask


def parts_of(inputs: Floats, client: Client) -> Iterator[Floats]:
    """As many rows a message as fill the slots of a ciphertext."""
    most = client.terms.parameters.slots
    for start in range(0, len(inputs), most):
        yield inputs[start : start + most]
