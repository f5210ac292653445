"""A key pair: the secret half, which only its owner's own process ever sees, and the evaluation keys for servers."""

import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

from garrison.encrypted.messages import EvaluationKeys
from garrison.encrypted.parameters import Parameters
from garrison.encrypted.seal import seal_for
from garrison.encrypted.terms import Terms
from garrison.encrypted.wire import SECRET, Parcel
from garrison.errors import EncryptionError


@dataclass(frozen=True)
class KeyPair:
    """The secret key, as SEAL's bytes, never shown, and the evaluation keys that belong to it."""

    evaluation: EvaluationKeys
    secret: bytes = field(repr=False)

    @classmethod
    def make(cls, parameters: Parameters, *, squares: bool, block: int = 1) -> Self:
        """A new pair, from the system's randomness.

        ``squares`` makes keys for circuits that square, ``block`` (a power of two) keys to sum so many slots.
        """
        seal = seal_for(parameters)
        generator = seal.api.KeyGenerator(seal.context)
        evaluation = EvaluationKeys(
            parameters=parameters,
            key=secrets.token_hex(32),
            block=block,
            squares=seal.dump(generator.create_relin_keys()) if squares else None,
            turns=seal.dump(generator.create_galois_keys(seal.galois_elements(block))) if block > 1 else None,
        )
        return cls(evaluation, seal.dump(generator.secret_key()))

    @classmethod
    def for_terms(cls, terms: Terms) -> Self:
        """A new pair with what a prepared model needs, and no key besides."""
        return cls.make(terms.parameters, squares=terms.squares, block=terms.block)

    @property
    def parameters(self) -> Parameters:
        """What the keys were made for."""
        return self.evaluation.parameters

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the evaluation keys."""
        return self.evaluation.fingerprint

    def suits(self, terms: Terms) -> bool:
        """Whether a prepared model can be asked with this pair."""
        held = self.evaluation
        same = held.parameters == terms.parameters
        return same and (held.squares is not None or not terms.squares) and held.block == terms.block

    def to_secret_bytes(self) -> bytes:
        """The secret half, for a file that only its owner can read."""
        facts = {"parameters": self.parameters.to_dict(), "fingerprint": self.fingerprint}
        return Parcel(SECRET, facts, [self.secret]).to_bytes()

    @classmethod
    def from_bytes(cls, secret: bytes, evaluation: bytes) -> Self:
        """The pair of two files; ``EncryptionError`` when they do not belong together or are not whole."""
        keys = EvaluationKeys.from_bytes(evaluation)
        parcel = Parcel.read(secret, SECRET)
        facts = {"parameters": keys.parameters.to_dict(), "fingerprint": keys.fingerprint}
        if dict(parcel.facts) != facts or len(parcel.parts) != 1:
            raise EncryptionError(
                "the secret key and the evaluation keys are not of one pair",
                expected="both files as they were made",
                remedy="restore the folder of the keys, or make new ones",
            )
        pair = cls(keys, parcel.parts[0])
        pair.seal_secret()
        return pair

    def seal_secret(self) -> Any:
        """The secret key as SEAL's object."""
        seal = seal_for(self.parameters)
        return seal.load(seal.api.SecretKey(), self.secret, seal.secret_key(), what="the secret key")
