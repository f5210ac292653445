"""The evaluation keys a server knows, by fingerprint: as many as fit, those asked for last."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from garrison.encrypted.messages import EvaluationKeys
from garrison.encrypted.seal import seal_for
from garrison.encrypted.terms import Terms
from garrison.errors import EncryptionError

MOST_KEYS = 256
MOST_BYTES = 4 * 2**30


@dataclass(frozen=True)
class Held:
    """Keys as SEAL's objects, and how many bytes they take about."""

    squares: Any
    turns: Any
    size: int


class KeyStore:
    """Evaluation keys for the terms of one model; the longest unused are let go when there are too many."""

    def __init__(self, terms: Terms, *, most: int = MOST_KEYS, most_bytes: int = MOST_BYTES) -> None:
        self._terms = terms
        self._most, self._most_bytes = most, most_bytes
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._held)

    def take(self, keys: EvaluationKeys) -> str:
        """Check the keys, keep them, and give their fingerprint; ``EncryptionError`` where they do not fit."""
        fingerprint = keys.fingerprint
        with self._lock:
            if fingerprint in self._held:
                self._held.move_to_end(fingerprint)
                return fingerprint
        held = self._checked(keys)
        with self._lock:
            self._held[fingerprint] = held
            while len(self._held) > 1 and (
                len(self._held) > self._most
                or sum(each.size for each in self._held.values()) > self._most_bytes
            ):
                self._held.popitem(last=False)
        return fingerprint

    def get(self, fingerprint: str) -> Held:
        """The keys of that fingerprint; ``EncryptionError`` where they are not known."""
        with self._lock:
            if fingerprint in self._held:
                self._held.move_to_end(fingerprint)
                return self._held[fingerprint]
        raise UnknownKeys(
            f"the evaluation keys {fingerprint[:16]} are not known here",
            expected="keys that were sent before the rows",
            remedy="send the evaluation keys first; after a rotation, encrypt the rows again under the new keys",
        )

    def _checked(self, keys: EvaluationKeys) -> Held:
        terms = self._terms
        if keys.parameters != terms.parameters:
            raise EncryptionError(
                f"the keys are for other parameters: {keys.parameters}",
                expected=str(terms.parameters),
                remedy=_REMEDY,
            )
        if (
            (keys.squares is not None) != terms.squares
            or keys.block != terms.block
            or ((keys.turns is not None) != (terms.block > 1))
        ):
            raise EncryptionError("the keys are for another kind of model", remedy=_REMEDY)
        seal = seal_for(terms.parameters)
        squares = turns = None
        if keys.squares is not None:
            form = seal.relinearisation_keys()
            squares = seal.load(seal.api.RelinKeys(), keys.squares, form, what="the keys for squares")
        if keys.turns is not None:
            form = seal.galois_keys(keys.block)
            turns = seal.load(seal.api.GaloisKeys(), keys.turns, form, what="the keys for sums of slots")
        # Once read, the halves of the keys that a seed stood for are there in full.
        return Held(squares, turns, 4096 + 4 * (len(keys.squares or b"") + len(keys.turns or b"")))


class UnknownKeys(EncryptionError):
    """Rows came under keys that the server does not hold, or no longer."""


_REMEDY = "make keys for this model: garrison encrypted keygen"
